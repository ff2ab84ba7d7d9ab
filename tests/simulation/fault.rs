//! What can go wrong by chance, and how often it does. Each kind has a stream of chance of its own, so that switching
//! one off leaves the others as they are.

use std::cell::{Cell, RefCell};

use super::dice::Dice;

/// Declares the kinds with their names, so that none is forgotten in a table.
macro_rules! faults {
    ($($(#[doc = $doc:literal])+ $kind:ident = $name:literal,)+) => {
        /// A kind of thing that goes wrong by chance.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Fault {
            $($(#[doc = $doc])+ $kind,)+
        }

        impl Fault {
            /// All kinds.
            pub const ALL: &[Self] = &[$(Self::$kind,)+];

            /// Its name, in arguments and reports.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)+ }
            }
        }
    };
}

faults! {
    /// The provider answers an acquire with 500: there is no browser.
    AcquireRefused = "acquire-refused",
    /// The provider answers an acquire with 429, whatever its account allows.
    AcquireLimited = "acquire-limited",
    /// The provider never answers an acquire, and starts nothing.
    AcquireHangs = "acquire-hangs",
    /// A browser runs, and the answer that names it is lost.
    AcquireAnswerLost = "acquire-answer-lost",
    /// A browser runs, and the answer does not name it.
    AcquireUnreadable = "acquire-unreadable",
    /// A browser comes after its caller has given it up.
    AcquireLate = "acquire-late",
    /// A browser's window can't be prepared.
    WindowFails = "window-fails",
    /// Nobody answers while a window is prepared.
    WindowHangs = "window-hangs",
    /// A sign of life does not reach its browser.
    TouchFails = "touch-fails",
    /// The provider answers a close with 500, and closes nothing.
    CloseRefused = "close-refused",
    /// The provider answers `closing`, and finishes later.
    CloseSlow = "close-slow",
    /// A close is neither answered nor carried out.
    CloseHangs = "close-hangs",
    /// A close is carried out and not answered.
    CloseAnswerLost = "close-answer-lost",
    /// The provider does not say whether it knows a browser.
    StatusUnclear = "status-unclear",
    /// The provider does not answer with a list.
    ListFails = "list-fails",
    /// The provider's history does not say how a browser came to be gone.
    HistoryFails = "history-fails",
    /// The list is as it was some seconds ago.
    ListLags = "list-lags",
    /// A call that may be repeated comes twice.
    CallDoubled = "call-doubled",
    /// A browser crashes by itself.
    Crash = "crash",
    /// A call does not reach its object.
    CallLost = "call-lost",
    /// An object's answer does not reach its caller.
    AnswerLost = "answer-lost",
    /// A caller hangs up, and the platform does not let the object see it.
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
    /// A statement of the store fails, and its turn is taken back.
    StoreFails = "store-fails",
    /// The bucket of recordings answers 500.
    BucketFails = "bucket-fails",
    /// The bucket of recordings does not answer.
    BucketHangs = "bucket-hangs",
}

/// How often each kind happens, in a thousand times.
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

    /// The kinds that happen at all.
    pub fn present(&self) -> impl Iterator<Item = Fault> {
        Fault::ALL.iter().copied().filter(|fault| self.of(*fault) > 0)
    }
}

/// How often each kind has happened.
pub type Struck = [u64; Fault::ALL.len()];

/// The chances of one run.
pub struct Faults {
    rates: Rates,
    streams: RefCell<Vec<Dice>>,
    is_healed: Cell<bool>,
    struck: Cell<Struck>,
}

impl Faults {
    /// Those of a seed.
    pub fn of(seed: u64, rates: Rates) -> Self {
        let streams = Fault::ALL.iter().map(|fault| Dice::of(seed, 1000 + *fault as u64)).collect();
        Self { rates, streams: RefCell::new(streams), is_healed: Cell::new(false), struck: Cell::default() }
    }

    /// Whether this kind happens at all.
    pub fn may_strike(&self, fault: Fault) -> bool {
        self.rates.of(fault) > 0
    }

    /// Whether this kind happens now.
    pub fn strikes(&self, fault: Fault) -> bool {
        let rate = self.rates.of(fault);
        if rate == 0 || self.is_healed.get() || !self.streams.borrow_mut()[fault as usize].falls(rate) {
            return false;
        }
        let mut struck = self.struck.get();
        struck[fault as usize] += 1;
        self.struck.set(struck);
        true
    }

    /// A number that says more about how this kind happens.
    pub fn measure(&self, fault: Fault, range: std::ops::RangeInclusive<u64>) -> u64 {
        self.streams.borrow_mut()[fault as usize].between(range)
    }

    /// From now on nothing goes wrong by chance.
    pub fn heal(&self) {
        self.is_healed.set(true);
    }

    /// How often each kind has happened so far.
    pub fn struck(&self) -> Struck {
        self.struck.get()
    }
}
