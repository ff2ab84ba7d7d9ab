//! What has happened in a run, told to people. A run is traced only if somebody is going to read it.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

/// Lines that are kept: what breaks is found at the end.
const LINES_MAX: usize = 1_000;

/// Where the lines of a run go.
#[derive(Clone)]
pub enum Trace {
    /// Nobody reads them.
    Off,
    /// The last ones are kept.
    Kept(Rc<RefCell<Vec<String>>>),
    /// All are told at once.
    Aloud,
}

impl Trace {
    /// One that nobody reads.
    pub fn off() -> Self {
        Self::Off
    }

    /// One whose last lines are kept.
    pub fn kept() -> Self {
        Self::Kept(Rc::default())
    }

    /// One that is told at once.
    pub fn aloud() -> Self {
        Self::Aloud
    }

    /// Writes a line down.
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
            Self::Aloud => println!("{}", timed(line())),
        }
    }

    /// The lines that were kept.
    pub fn lines(&self) -> Vec<String> {
        match self {
            Self::Kept(lines) => lines.borrow().clone(),
            Self::Off | Self::Aloud => Vec::new(),
        }
    }
}
