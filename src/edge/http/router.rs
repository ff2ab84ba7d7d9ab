//! From a request to the function that answers it.

use worker::{Env, Request, Response};

use super::address::Address;
use super::caller::Caller;
use super::cors::Cors;
use super::response::{self, Answered};
use super::{auth, devtools, events, health, recordings, sessions, site, sockets, view};
use crate::edge::platform::{clock, settings};
use crate::edge::provider::JsonCall;
use crate::wire::{Method, Route};

/// Answers a request. Total: what goes wrong is a problem.
///
/// # Errors
/// Only if the platform can't make a response at all.
pub(in crate::edge) async fn respond(request: Request, env: Env) -> worker::Result<Response> {
    let request_id = clock::new_id().to_string();
    let cors = Cors::of(&request, &env);
    let answered =
        if cors.is_preflight() { response::empty(&request_id) } else { answer(request, &env, &request_id).await };
    cors.add_to(answered.or_else(|problem| response::problem(&problem, &request_id))?)
}

async fn answer(request: Request, env: &Env, request_id: &str) -> Answered {
    let address = Address::new(request.inner().url());
    if !address.path().starts_with("/v1/") {
        return site::file(request, env, request_id).await;
    }
    let method = request.inner().method();
    if method == "OPTIONS" {
        return response::empty(request_id);
    }
    let route = Route::parse(Method::parse(&method), address.path()).map_err(response::route_problem)?;
    if route == Route::Health {
        return health::answer(env, request_id).await;
    }
    let visitor = auth::authorize(route.access(), &request, &address, env)?;
    let settings = settings::for_requests(env)?;
    let caller = Caller::new(request, env, request_id, address, visitor, settings.options);
    dispatch(route, caller).await
}

/// The one table from calls to the functions that answer them.
async fn dispatch(route: Route, mut caller: Caller<'_>) -> Answered {
    match route {
        Route::Health => health::answer(caller.env(), caller.request_id()).await,
        Route::Create => sessions::create(&mut caller).await,
        Route::List => sessions::list(&caller).await,
        Route::Get(id) => sessions::get(&caller, id).await,
        Route::Change(id) => sessions::change(&mut caller, id).await,
        Route::Release(id) => sessions::release(&mut caller, id).await,
        Route::ReleaseAll => sessions::release_all(&mut caller).await,
        Route::Usage => sessions::usage(&caller).await,
        Route::LiveDetails(id) => devtools::live_details(&caller, id).await,
        Route::RecordedEvents(id) => recordings::events(&caller, id).await,
        Route::Events => events::open(&caller).await,
        Route::Connect(id) => sockets::open(&caller, id, None).await,
        Route::Page(id, target) => sockets::open(&caller, id, Some(&target)).await,
        Route::View(id) => view::socket(&caller, id).await,
        Route::Picture(id) => view::picture(&caller, id).await,
        Route::JsonVersion(id) => devtools::json(&caller, id, JsonCall::Version).await,
        Route::JsonList(id) => devtools::json(&caller, id, JsonCall::List).await,
        Route::JsonProtocol(id) => devtools::json(&caller, id, JsonCall::Protocol).await,
        Route::JsonNew(id) => devtools::new_tab(&caller, id).await,
        Route::JsonActivate(id, target) => devtools::json(&caller, id, JsonCall::Activate(target.as_str())).await,
        Route::JsonClose(id, target) => devtools::json(&caller, id, JsonCall::Close(target.as_str())).await,
    }
}
