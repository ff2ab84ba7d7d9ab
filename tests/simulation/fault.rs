//! Random faults and their rates. Each kind has its own stream of random numbers, so switching one off does not change
//! the others.

use std::cell::{Cell, RefCell};

use super::prng::Prng;

/// Declares the kinds with their names, so that no table can miss one.
macro_rules! faults {
    ($($(#[doc = $doc:literal])+ $kind:ident = $name:literal,)+) => {
        /// A kind of random fault.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Fault {
            $($(#[doc = $doc])+ $kind,)+
        }

        impl Fault {
            /// All kinds.
            pub const ALL: &[Self] = &[$(Self::$kind,)+];

            /// The kind's name in arguments and reports.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)+ }
            }
        }
    };
}

faults! {
    /// The provider answers an acquire with 500 and starts no browser.
    AcquireRefused = "acquire-refused",
    /// The provider answers an acquire with 429, even below the account's limits.
    AcquireLimited = "acquire-limited",
    /// The provider never answers an acquire and starts no browser.
    AcquireHangs = "acquire-hangs",
    /// A browser starts, and the answer with its id is lost.
    AcquireAnswerLost = "acquire-answer-lost",
    /// A browser starts, and the answer lacks its id.
    AcquireUnreadable = "acquire-unreadable",
    /// A browser starts after its caller has given up.
    AcquireLate = "acquire-late",
    /// A browser's window can't be prepared.
    WindowFails = "window-fails",
    /// The provider does not answer while a window is prepared.
    WindowHangs = "window-hangs",
    /// A keep-alive message does not reach its browser.
    TouchFails = "touch-fails",
    /// The provider answers a close with 500 and closes nothing.
    CloseRefused = "close-refused",
    /// The provider answers `closing` and finishes later.
    CloseSlow = "close-slow",
    /// A close is neither answered nor carried out.
    CloseHangs = "close-hangs",
    /// A close is carried out and not answered.
    CloseAnswerLost = "close-answer-lost",
    /// The provider does not say whether a browser exists.
    StatusUnclear = "status-unclear",
    /// The provider does not return a list.
    ListFails = "list-fails",
    /// The provider's history does not say how a browser exited.
    HistoryFails = "history-fails",
    /// The list is some seconds old.
    ListLags = "list-lags",
    /// An idempotent call arrives twice.
    CallDoubled = "call-doubled",
    /// A browser crashes.
    Crash = "crash",
    /// A call does not reach its object.
    CallLost = "call-lost",
    /// An object's answer does not reach its caller.
    AnswerLost = "answer-lost",
    /// A caller disconnects, and the platform does not report it to the object.
    HangUpUnseen = "hang-up-unseen",
    /// An alarm goes off late.
    AlarmLate = "alarm-late",
    /// An alarm goes off twice.
    AlarmDoubled = "alarm-doubled",
    /// An alarm never goes off.
    AlarmLost = "alarm-lost",
    /// Cron fires late.
    CronLate = "cron-late",
    /// Cron does not fire.
    CronSkipped = "cron-skipped",
    /// A statement of the store fails, and its turn is rolled back.
    StoreFails = "store-fails",
    /// The bucket of recordings answers 500.
    BucketFails = "bucket-fails",
    /// The bucket of recordings does not answer.
    BucketHangs = "bucket-hangs",
}

/// The probability of each kind, in thousandths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rates([u16; Fault::ALL.len()]);

impl Rates {
    /// The rate of one kind.
    pub fn of(&self, fault: Fault) -> u16 {
        self.0[fault as usize]
    }

    /// Sets the rate of one kind.
    pub fn set(&mut self, fault: Fault, per_mille: u16) {
        self.0[fault as usize] = per_mille;
    }

    /// The kinds with a rate above zero.
    pub fn present(&self) -> impl Iterator<Item = Fault> {
        Fault::ALL.iter().copied().filter(|fault| self.of(*fault) > 0)
    }
}

/// The number of faults of each kind.
pub type Struck = [u64; Fault::ALL.len()];

/// The random faults of one run.
pub struct Faults {
    rates: Rates,
    streams: RefCell<Vec<Prng>>,
    is_healed: Cell<bool>,
    struck: Cell<Struck>,
}

impl Faults {
    /// The faults of a seed.
    pub fn of(seed: u64, rates: Rates) -> Self {
        let streams = Fault::ALL.iter().map(|fault| Prng::new(seed, 1000 + *fault as u64)).collect();
        Self { rates, streams: RefCell::new(streams), is_healed: Cell::new(false), struck: Cell::default() }
    }

    /// Whether this kind has a rate above zero.
    pub fn may_strike(&self, fault: Fault) -> bool {
        self.rates.of(fault) > 0
    }

    /// Whether this kind happens now.
    pub fn strikes(&self, fault: Fault) -> bool {
        let rate = self.rates.of(fault);
        if rate == 0 || self.is_healed.get() || !self.streams.borrow_mut()[fault as usize].chance(rate) {
            return false;
        }
        let mut struck = self.struck.get();
        struck[fault as usize] += 1;
        self.struck.set(struck);
        true
    }

    /// A random parameter of a fault of this kind.
    pub fn measure(&self, fault: Fault, range: std::ops::RangeInclusive<u64>) -> u64 {
        self.streams.borrow_mut()[fault as usize].between(range)
    }

    /// Stops all random faults.
    pub fn heal(&self) {
        self.is_healed.set(true);
    }

    /// The number of faults of each kind so far.
    pub fn struck(&self) -> Struck {
        self.struck.get()
    }
}
