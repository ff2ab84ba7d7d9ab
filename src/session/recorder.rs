//! A session's recorder: when it starts, what it reports, and when it is given up.

use super::input::{Action, Actions};
use super::machine::Session;
use super::{RecorderReport, State, Timestamp};

impl Session {
    /// Applies its recorder's report.
    pub(super) fn recorder_seen(&mut self, report: RecorderReport, now: Timestamp) -> Actions {
        // A deadline that has passed ends the session, even if the alarm is late.
        let actions = self.reach_time_limit(now);
        let is_ended = self.status().is_ended();
        if let Some(recording) = &mut self.recording {
            recording.hear(report, is_ended, now);
        }
        actions
    }

    /// Starts its recorder, if the session is recorded and has a browser.
    pub(super) fn start_recorder(&mut self, now: Timestamp) -> Actions {
        let (State::Starting { browser: Some(browser), .. } | State::Live { browser, .. }, Some(recording)) =
            (&self.state, &mut self.recording)
        else {
            return Actions::none();
        };
        recording.begin(now);
        let (run, since) = (recording.run(), recording.since().unwrap_or(now));
        Actions(vec![Action::StartRecorder { run, browser: browser.clone(), since, options: recording.options }])
    }

    /// Starts a recorder again whose lease has lapsed, or gives it up if the session has ended.
    pub(super) fn reach_recorder(&mut self, now: Timestamp) -> Actions {
        let is_ended = self.status().is_ended();
        match &mut self.recording {
            Some(recording) if recording.lapses_at().is_some_and(|at| at <= now) => {
                if is_ended {
                    recording.give_up();
                    return Actions::none();
                }
                self.start_recorder(now)
            }
            _ => Actions::none(),
        }
    }
}
