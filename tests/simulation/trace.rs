//! The trace of a run, for people. A run that nobody will read is not traced: formatting each line costs time.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

/// How many lines are kept. The cause of a break is near the end.
const LINES_MAX: usize = 1_000;

/// Where the lines of a run go.
#[derive(Clone)]
pub enum Trace {
    /// Drops them.
    Off,
    /// Keeps the last ones.
    Kept(Rc<RefCell<Vec<String>>>),
    /// Prints all at once.
    Printed,
}

impl Trace {
    /// A trace that drops its lines.
    pub fn off() -> Self {
        Self::Off
    }

    /// A trace that keeps its last lines.
    pub fn kept() -> Self {
        Self::Kept(Rc::default())
    }

    /// A trace that prints its lines at once.
    pub fn printed() -> Self {
        Self::Printed
    }

    /// Adds a line.
    pub fn note(&self, elapsed: u64, line: impl FnOnce() -> String) {
        let timed = |line: String| format!("{:>10.3} s  {line}", Duration::from_millis(elapsed).as_secs_f64());
        match self {
            Self::Off => {}
            Self::Kept(lines) => {
                let mut lines = lines.borrow_mut();
                if lines.len() == 2 * LINES_MAX {
                    lines.drain(..LINES_MAX);
                }
                lines.push(timed(line()));
            }
            Self::Printed => println!("{}", timed(line())),
        }
    }

    /// The lines that were kept.
    pub fn lines(&self) -> Vec<String> {
        match self {
            Self::Kept(lines) => lines.borrow().clone(),
            Self::Off | Self::Printed => Vec::new(),
        }
    }
}
