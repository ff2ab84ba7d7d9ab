//! The JavaScript face against a stubbed `fetch`, on a clock that only the test moves. Each scenario is a JavaScript
//! program in a file beside this one; its name says what must hold.
//!
//! `npm run test:client` runs them in Chrome, in Firefox and in Node.

#![cfg(target_arch = "wasm32")]

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;

// The scenarios import it; what is not named here is not served to them.
#[wasm_bindgen(module = "/tests/stub.js")]
extern "C" {
    #[allow(dead_code, reason = "named for its file alone")]
    #[wasm_bindgen(js_name = scenario)]
    fn imported_by_scenarios();
}

/// A scenario is a function that takes the class, and gives a promise that is rejected where something does not hold.
macro_rules! scenarios {
    ($module:ident $file:tt $($name:ident)+) => {
        mod $module {
            use super::*;

            mod file {
                use super::*;

                #[wasm_bindgen(module = $file)]
                extern "C" {
                    $(pub fn $name(class: &Function) -> Promise;)+
                }
            }

            $(
                #[wasm_bindgen_test]
                async fn $name() -> Result<(), JsValue> {
                    let class = tidewatch_client_tests::tidewatch_class()?;
                    JsFuture::from(file::$name(&class)).await.map(drop)
                }
            )+
        }
    };
}

scenarios! { calls "/tests/calls.js"
    each_call_makes_its_request
    a_session_is_data_with_methods
    a_picture_is_a_blob
    a_list_is_an_array_that_knows_the_next_page
    an_iterator_walks_all_pages
    the_owner_of_the_client_is_in_creates_and_in_a_release_of_all
    extend_adds_to_what_the_service_knows
    five_hundred_calls_at_once_get_their_own_answers
    a_global_fetch_is_taken_as_it_is_at_each_call
    puppeteer_and_playwright_are_given_the_websocket_url
    a_library_that_is_not_given_is_looked_for
}

scenarios! { errors "/tests/errors.js"
    arguments_that_can_not_be_used_are_named_before_any_request
    a_client_that_can_not_work_is_not_made
    a_problem_is_an_error_with_all_that_it_tells
    what_is_not_the_services_answer_is_told_apart
    the_key_does_not_follow_a_redirect
}

scenarios! { retries "/tests/retries.js"
    what_may_pass_is_tried_again_on_schedule
    retry_after_is_waited_for
    what_does_not_pass_is_not_tried_again
    each_try_of_a_create_has_the_same_key
    a_call_ends_at_its_time_limit
    the_options_of_retries_are_kept_to
}

scenarios! { aborts "/tests/aborts.js"
    an_aborted_signal_sends_nothing
    an_abort_stops_a_request_that_is_under_way
    an_abort_stops_an_answer_that_is_half_here
    an_abort_stops_the_wait_for_a_retry
    an_abort_after_the_end_changes_nothing
}

scenarios! { exit "/tests/exit.js"
    what_was_created_is_released_at_the_end_and_nothing_else
    what_is_over_already_is_not_released_at_the_end
    a_create_under_way_is_released_at_the_end
    nothing_stays_registered_once_it_is_taken_back
    an_uncaught_error_is_thrown_again_after_the_releases
    who_signals_twice_does_not_wait
    a_process_that_others_keep_alive_goes_on
    a_process_that_has_nothing_more_to_do_releases_first
    where_nothing_tells_of_the_end_this_is_said
}

scenarios! { given_up "/tests/given_up.js"
    a_create_that_was_aborted_leaves_no_browser
    a_create_that_took_too_long_leaves_no_browser
    a_create_whose_answer_was_lost_leaves_no_browser
    a_create_whose_answer_can_not_be_read_leaves_no_browser
    a_create_that_was_refused_has_nothing_to_take_back
    a_create_that_names_its_session_is_not_taken_back
}
