//! A project's registration in the directory, and what a restart does.

use crate::support::{DAY, FleetDriver, MINUTE, SqliteStore, failure};
use serde_json::json;
use tidewatch::fleet::{Directory, Store as _};
use tidewatch::session::{Action, FailureCode, Input, ProjectName, Reason, State, Status};

fn project(name: &str) -> ProjectName {
    ProjectName::parse(name).unwrap()
}

fn directory() -> Directory<SqliteStore> {
    let directory = Directory::new(SqliteStore::new());
    directory.open().unwrap();
    directory
}

fn registers(fleet: &FleetDriver) -> i64 {
    let version = fleet.fleet.registration_due().unwrap().expect("it is not registered");
    fleet.fleet.registered(version).unwrap();
    version
}

#[test]
fn a_project_registers_once_and_stays_registered_until_it_leaves() {
    let mut fleet = FleetDriver::new();
    registers(&fleet);
    assert_eq!(fleet.fleet.registration_due(), Ok(None));
    let id = fleet.live(&json!({}));
    fleet.restart();
    assert_eq!(fleet.fleet.registration_due(), Ok(None));
    fleet.end(id);
    assert_eq!(fleet.fleet.registration_due(), Ok(None), "only a sweep takes it off");
}

#[test]
fn a_fleet_remembers_its_project_after_a_restart() {
    let mut fleet = FleetDriver::new();
    assert_eq!(fleet.fleet.project(), Ok(None));
    for _ in 0..2 {
        fleet.fleet.set_project(&project("one")).unwrap();
        assert_eq!(fleet.fleet.project(), Ok(Some(project("one"))));
    }
    fleet.restart();
    assert_eq!(fleet.fleet.project(), Ok(Some(project("one"))));
    fleet.fleet.set_project(&project("two")).unwrap();
    assert_eq!(fleet.fleet.project(), Ok(Some(project("two"))), "the last word counts");
    let kept = fleet.fleet.store().query("SELECT * FROM texts", &[]).unwrap();
    assert_eq!(kept.len(), 1);
}

#[test]
fn a_fleets_project_is_independent_of_its_registration() {
    let fleet = FleetDriver::new();
    fleet.fleet.set_project(&project("one")).unwrap();
    assert_eq!(fleet.fleet.leave_if_idle(), Ok(None));
    let version = registers(&fleet);
    assert_eq!(fleet.fleet.leave_if_idle(), Ok(Some(version)));
    assert_eq!(fleet.fleet.project(), Ok(Some(project("one"))), "it is still the same one");
}

#[test]
fn an_unreadable_name_counts_as_none() {
    let fleet = FleetDriver::new();
    fleet.fleet.store().query("INSERT INTO texts (name, value) VALUES ('project', 'a/b c')", &[]).unwrap();
    assert_eq!(fleet.fleet.project(), Ok(None));
    fleet.fleet.set_project(&project("one")).unwrap();
    assert_eq!(fleet.fleet.project(), Ok(Some(project("one"))));
}

#[test]
fn an_unconfirmed_registration_is_repeated_with_a_higher_version() {
    let mut fleet = FleetDriver::new();
    let first = fleet.fleet.registration_due().unwrap().unwrap();
    let second = fleet.fleet.registration_due().unwrap().unwrap();
    assert!(second > first);
    fleet.restart();
    assert!(fleet.fleet.registration_due().unwrap().unwrap() > second);
}

#[test]
fn a_project_leaves_only_when_nothing_is_starting_live_or_closing() {
    let mut fleet = FleetDriver::new();
    let version = registers(&fleet);
    let id = fleet.start(&json!({}));
    assert_eq!(fleet.fleet.leave_if_idle(), Ok(None), "starting");
    fleet.becomes_live(id);
    assert_eq!(fleet.fleet.leave_if_idle(), Ok(None), "live");
    let _turn = fleet.release(id);
    assert_eq!(fleet.fleet.leave_if_idle(), Ok(None), "closing");
    assert_eq!(fleet.fleet.registration_due(), Ok(None), "a sweep that finds something changes nothing");
    fleet.closes(id);
    assert_eq!(fleet.fleet.leave_if_idle(), Ok(Some(version)));
    assert!(fleet.fleet.registration_due().unwrap().unwrap() > version, "whoever comes back registers anew");
}

#[test]
fn retained_rows_and_keys_do_not_keep_a_project_registered() {
    let mut fleet = FleetDriver::new();
    let version = registers(&fleet);
    let id = fleet.live_with_key(&json!({}), Some("k"));
    fleet.end(id);
    let failed = fleet.start(&json!({}));
    let _turn = fleet.fails_to_start(failed, failure("no"));
    assert_eq!(fleet.fleet.leave_if_idle(), Ok(Some(version)));
}

#[test]
fn a_project_that_never_registered_has_nothing_to_leave() {
    let fleet = FleetDriver::new();
    assert_eq!(fleet.fleet.leave_if_idle(), Ok(None));
}

#[test]
fn a_registration_whose_confirmation_was_lost_is_removed_by_the_next_sweep() {
    let fleet = FleetDriver::new();
    let directory = directory();
    registers(&fleet);
    fleet.fleet.leave_if_idle().unwrap();
    let unconfirmed = fleet.fleet.registration_due().unwrap().unwrap();
    directory.register(&project("one"), unconfirmed).unwrap();
    let version = fleet.fleet.leave_if_idle().unwrap().expect("it has something to leave");
    directory.unregister(&project("one"), version).unwrap();
    assert_eq!(directory.projects(None), Ok(vec![]), "else it would be swept for ever");
}

#[test]
fn a_lost_leave_is_repeated_by_the_next_sweep() {
    let mut fleet = FleetDriver::new();
    let version = registers(&fleet);
    assert_eq!(fleet.fleet.leave_if_idle(), Ok(Some(version)));
    fleet.restart();
    assert_eq!(fleet.fleet.leave_if_idle(), Ok(Some(version)), "else it would be swept for ever");
    let next = registers(&fleet);
    assert_eq!(fleet.fleet.leave_if_idle(), Ok(Some(next)));
}

#[test]
fn a_late_answer_to_an_older_registration_changes_nothing() {
    let fleet = FleetDriver::new();
    let older = fleet.fleet.registration_due().unwrap().unwrap();
    let newer = fleet.fleet.registration_due().unwrap().unwrap();
    fleet.fleet.registered(newer).unwrap();
    fleet.fleet.registered(older).unwrap();
    assert_eq!(fleet.fleet.leave_if_idle(), Ok(Some(newer)), "it leaves what the directory holds");
}

#[test]
fn an_answer_overtaken_by_a_leave_registers_no_project() {
    let fleet = FleetDriver::new();
    let overtaken = fleet.fleet.registration_due().unwrap().unwrap();
    let left = registers(&fleet);
    assert_eq!(fleet.fleet.leave_if_idle(), Ok(Some(left)));
    fleet.fleet.registered(overtaken).unwrap();
    let next = fleet.fleet.registration_due().unwrap();
    assert!(next.is_some_and(|next| next > left), "the directory has let go of it: it is due again");
}

#[test]
fn the_directory_and_the_fleet_agree_for_every_order_of_messages() {
    // Register 1, leave 1, register 2: every order in which they may arrive.
    let one = project("one");
    let words: [(bool, i64); 3] = [(true, 1), (false, 1), (true, 2)];
    for order in [[0, 1, 2], [0, 2, 1], [2, 0, 1], [1, 0, 2], [1, 2, 0], [2, 1, 0]] {
        let directory = directory();
        for (register, version) in order.map(|index| words[index]) {
            if register {
                directory.register(&one, version).unwrap();
            } else {
                directory.unregister(&one, version).unwrap();
            }
        }
        assert_eq!(directory.projects(None).unwrap(), std::slice::from_ref(&one), "{order:?}: it has registered anew");
        directory.unregister(&one, 2).unwrap();
        assert_eq!(directory.projects(None).unwrap(), [], "{order:?}");
    }
}

#[test]
fn a_message_that_arrives_twice_changes_nothing() {
    let directory = directory();
    let one = project("one");
    for _ in 0..2 {
        directory.register(&one, 1).unwrap();
        directory.open().unwrap();
        assert_eq!(directory.projects(None).unwrap(), std::slice::from_ref(&one));
    }
    for _ in 0..2 {
        directory.unregister(&one, 1).unwrap();
        assert_eq!(directory.projects(None).unwrap(), []);
    }
}

#[test]
fn pages_of_the_directory_show_every_project_once_in_the_order_of_names() {
    let directory = directory();
    for n in (0..250).rev() {
        directory.register(&project(&format!("p-{n:03}")), 1).unwrap();
    }
    let mut seen: Vec<ProjectName> = Vec::new();
    let mut pages = 0;
    loop {
        let page = directory.projects(seen.last()).unwrap();
        if page.is_empty() {
            break;
        }
        pages += 1;
        seen.extend(page);
    }
    let all: Vec<ProjectName> = (0..250).map(|n| project(&format!("p-{n:03}"))).collect();
    assert_eq!((seen, pages), (all, 3));
}

#[test]
fn a_start_that_a_restart_interrupted_ends_and_its_browser_is_closed() {
    let mut fleet = FleetDriver::new();
    let asked = fleet.start_with_key(&json!({"owner": "a"}), Some("k"));
    let preparing = fleet.start(&json!({}));
    let browser = fleet.fresh_browser();
    let _turn = fleet.hand(preparing, Input::BrowserAcquired { epoch: 1, browser: browser.clone() });
    let live = fleet.live(&json!({}));
    let closing = fleet.live(&json!({}));
    let _turn = fleet.release(closing);

    fleet.restart();
    let tasks = fleet.fleet.abandon_starting(fleet.now()).unwrap();
    fleet.audit();
    let actions: Vec<_> = tasks.into_iter().map(|task| (task.session, task.action)).collect();
    assert_eq!(actions, [(preparing, Action::CloseBrowser { browser: browser.clone() })]);
    for id in [asked, preparing] {
        let State::Ended { reason, failure, .. } = fleet.session(id).state().clone() else { panic!("it has ended") };
        assert_eq!((reason, failure.unwrap().code), (Reason::StartupFailed, FailureCode::StartInterrupted));
    }
    assert_eq!(fleet.session(live).status(), Status::Live);
    assert_eq!(fleet.session(closing).closing().len(), 1);
    assert_ne!(fleet.start_with_key(&json!({"owner": "a"}), Some("k")), asked, "a retry starts anew");

    // The answer to the earlier instance arrives late.
    let late = fleet.fresh_browser();
    let turn = fleet.hand(asked, Input::BrowserAcquired { epoch: 1, browser: late.clone() });
    assert_eq!(turn.tasks[0].action, Action::CloseBrowser { browser: late });
}

#[test]
fn a_second_restart_abandons_nothing_more() {
    let mut fleet = FleetDriver::new();
    fleet.start(&json!({}));
    fleet.live(&json!({}));
    assert_eq!(fleet.fleet.abandon_starting(fleet.now()).unwrap(), []);
    let before = crate::support::dump(fleet.fleet.store());
    fleet.restart();
    assert_eq!(fleet.fleet.abandon_starting(fleet.now()).unwrap(), []);
    assert_eq!(crate::support::dump(fleet.fleet.store()), before);
}

#[test]
fn a_close_that_a_restart_interrupted_is_repeated() {
    let mut fleet = FleetDriver::new();
    let id = fleet.live(&json!({}));
    let _turn = fleet.release(id);
    fleet.restart();
    let _tasks = fleet.fleet.abandon_starting(fleet.now()).unwrap();
    fleet.wait(MINUTE);
    let due = fleet.ring();
    assert_eq!((due.sessions.len(), due.tasks.len()), (1, 1));
}

#[test]
fn versions_never_decrease_over_many_restarts() {
    let mut fleet = FleetDriver::new();
    let mut last = 0;
    for _ in 0..20 {
        let version = registers(&fleet);
        assert!(version > last);
        last = version;
        let id = fleet.live(&json!({}));
        fleet.end(id);
        fleet.wait(8 * DAY);
        fleet.purge();
        fleet.restart();
        assert_eq!(fleet.fleet.leave_if_idle(), Ok(Some(version)));
    }
    let kept = fleet.fleet.store().query("SELECT name FROM numbers", &[]).unwrap();
    assert!(kept.len() < 10, "what is kept does not grow: {kept:?}");
}
