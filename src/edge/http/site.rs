//! The pages: files of `www/`, as the build made them.

use worker::{Env, Request};

use super::response::{self, Answered, route_problem};
use crate::wire::{Method, RouteError};

/// A file of the site, or a problem if there is none.
pub(super) async fn file(request: Request, env: &Env, request_id: &str) -> Answered {
    if Method::parse(&request.inner().method()) != Method::Get {
        return Err(route_problem(RouteError::MethodNotAllowed { allow: "GET, HEAD".to_owned() }));
    }
    let Ok(assets) = env.assets("ASSETS") else { return Err(route_problem(RouteError::NotFound)) };
    match assets.fetch_request(request).await {
        Ok(file) if file.status_code() == 404 => Err(route_problem(RouteError::NotFound)),
        Ok(file) => response::forward(file, request_id),
        Err(error) => Err(response::failed(&error, request_id)),
    }
}
