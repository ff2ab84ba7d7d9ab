//! What has happened in a run, told to people. A run is traced only if somebody is going to read it.

use std::cell::RefCell;
use std::rc::Rc;

/// Lines that are kept; what breaks is found at the end.
const LINES_MAX: usize = 4000;

/// The last lines of a run, or nothing.
#[derive(Clone, Default)]
pub struct Trace(Option<Rc<RefCell<Vec<String>>>>);

impl Trace {
    /// One that nobody reads.
    pub fn off() -> Self {
        Self(None)
    }

    /// One that is kept.
    pub fn on() -> Self {
        Self(Some(Rc::default()))
    }

    /// Writes a line down.
    pub fn note(&self, elapsed: u64, line: impl FnOnce() -> String) {
        if let Some(lines) = &self.0 {
            let mut lines = lines.borrow_mut();
            if lines.len() == 2 * LINES_MAX {
                lines.drain(..LINES_MAX);
            }
            lines.push(format!("{:>10.3} s  {}", std::time::Duration::from_millis(elapsed).as_secs_f64(), line()));
        }
    }

    /// The last lines.
    pub fn lines(&self) -> Vec<String> {
        let lines = self.0.as_ref().map(|lines| lines.borrow().clone()).unwrap_or_default();
        lines[lines.len().saturating_sub(LINES_MAX)..].to_vec()
    }
}
