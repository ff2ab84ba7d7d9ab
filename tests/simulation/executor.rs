//! A deterministic executor. Each task belongs to a life, and the clock jumps from one timer to the next.
//!
//! One poll of one task is one *step*. The seed decides which ready task is polled next. A life can be ended between
//! any two steps. Its tasks are then dropped, and their answers never come.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::mem::take;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use tidewatch::session::Millis;

use super::prng::Prng;

/// The life of an instance of an object, or of the Worker's invocations. A task ends with its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Life(u32);

impl Life {
    /// The life of clients, the network, the provider and the platform. It never ends.
    pub const OUTSIDE: Self = Self(0);
}

type Work = Pin<Box<dyn Future<Output = ()>>>;

struct Task {
    life: Life,
    /// `None` while the task is polled.
    work: Option<Work>,
    waker: Waker,
    /// Tells the task from an earlier one in the same slot, whose waker must not wake it.
    number: u64,
}

/// Tasks and timers of one run.
pub struct Executor {
    /// Milliseconds since the run began. Steps of the wall clock do not change it.
    elapsed: Cell<u64>,
    tasks: RefCell<Vec<Option<Task>>>,
    free: RefCell<Vec<usize>>,
    woken: Arc<Woken>,
    /// Wakers by time, then by the order in which they were set.
    timers: RefCell<BTreeMap<(u64, u64), Waker>>,
    numbers: Cell<u64>,
    lives: Cell<u32>,
    order: RefCell<Prng>,
}

/// The slots and numbers of woken tasks.
#[derive(Default)]
struct Woken(Mutex<Vec<(usize, u64)>>);

impl Woken {
    fn with<T>(&self, work: impl FnOnce(&mut Vec<(usize, u64)>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

struct TaskWaker {
    place: usize,
    number: u64,
    woken: Arc<Woken>,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.with(|woken| woken.push((self.place, self.number)));
    }
}

impl Executor {
    /// An executor without tasks. `order` decides which ready task goes first.
    pub fn new(order: Prng) -> Rc<Self> {
        Rc::new(Self {
            elapsed: Cell::new(0),
            tasks: RefCell::default(),
            free: RefCell::default(),
            woken: Arc::default(),
            timers: RefCell::default(),
            numbers: Cell::new(0),
            lives: Cell::new(0),
            order: RefCell::new(order),
        })
    }

    /// Milliseconds since the run began.
    pub fn elapsed(&self) -> u64 {
        self.elapsed.get()
    }

    /// A new life.
    pub fn new_life(&self) -> Life {
        self.lives.set(self.lives.get() + 1);
        Life(self.lives.get())
    }

    fn next_number(&self) -> u64 {
        self.numbers.set(self.numbers.get() + 1);
        self.numbers.get()
    }

    /// Spawns a task.
    pub fn spawn(&self, life: Life, work: impl Future<Output = ()> + 'static) {
        let place = self.free.borrow_mut().pop().unwrap_or_else(|| {
            let mut tasks = self.tasks.borrow_mut();
            tasks.push(None);
            tasks.len() - 1
        });
        let number = self.next_number();
        let waker = Waker::from(Arc::new(TaskWaker { place, number, woken: Arc::clone(&self.woken) }));
        waker.wake_by_ref();
        self.tasks.borrow_mut()[place] = Some(Task { life, work: Some(Box::pin(work)), waker, number });
    }

    /// Drops every task whose life has ended. Call it between two steps only.
    pub fn end(&self, has_ended: impl Fn(Life) -> bool) {
        let mut ended = Vec::new();
        for (place, slot) in self.tasks.borrow_mut().iter_mut().enumerate() {
            if slot.as_ref().is_some_and(|task| has_ended(task.life)) {
                ended.extend(slot.take());
                self.free.borrow_mut().push(place);
            }
        }
        // Dropping tasks wakes others and cancels timers, so nothing may be borrowed here.
        drop(ended);
    }

    /// Makes one step. `false` if no task is ready.
    pub fn step(&self) -> bool {
        loop {
            let next = self.woken.with(|woken| {
                let chosen = if woken.len() > 1 { self.order.borrow_mut().index(woken.len()) } else { 0 };
                (!woken.is_empty()).then(|| woken.swap_remove(chosen))
            });
            let Some((place, number)) = next else { return false };
            if self.poll(place, number) {
                return true;
            }
        }
    }

    fn poll(&self, place: usize, number: u64) -> bool {
        let begun = self.tasks.borrow_mut()[place]
            .as_mut()
            .filter(|task| task.number == number)
            .and_then(|task| Some((task.work.take()?, task.waker.clone())));
        let Some((mut work, waker)) = begun else { return false };
        let poll = work.as_mut().poll(&mut Context::from_waker(&waker));
        let mut tasks = self.tasks.borrow_mut();
        if let (Poll::Pending, Some(task)) = (poll, &mut tasks[place]) {
            task.work = Some(work);
            return true;
        }
        let over = tasks[place].take();
        drop(tasks);
        self.free.borrow_mut().push(place);
        drop((over, work));
        true
    }

    /// The time of the next timer.
    pub fn next_timer(&self) -> Option<u64> {
        self.timers.borrow().first_key_value().map(|((at, _), _)| *at)
    }

    /// Moves the clock to a time before the next timer.
    pub fn wait_until(&self, elapsed: u64) {
        self.elapsed.set(elapsed.max(self.elapsed()));
    }

    /// Moves the clock to the next timer. `false` if there is none.
    pub fn advance(&self) -> bool {
        let first = self.timers.borrow_mut().pop_first();
        let Some(((at, _), waker)) = first else { return false };
        self.elapsed.set(at);
        waker.wake();
        true
    }

    /// Waits this long.
    pub fn sleep(self: &Rc<Self>, length: Millis) -> Sleep {
        Sleep { executor: Rc::clone(self), until: self.elapsed().saturating_add(length.get()), timer: None }
    }

    /// Drops every task, to break reference cycles.
    pub fn clear(&self) {
        let tasks = take(&mut *self.tasks.borrow_mut());
        drop(tasks);
    }
}

/// A wait on the executor's clock.
pub struct Sleep {
    executor: Rc<Executor>,
    until: u64,
    timer: Option<u64>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.until <= self.executor.elapsed() {
            return Poll::Ready(());
        }
        if self.timer.is_none() {
            let number = self.executor.next_number();
            self.executor.timers.borrow_mut().insert((self.until, number), context.waker().clone());
            self.timer = Some(number);
        }
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(number) = self.timer {
            self.executor.timers.borrow_mut().remove(&(self.until, number));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(executor: &Executor) {
        while executor.step() || executor.advance() {}
    }

    #[test]
    fn the_clock_jumps_from_timer_to_timer_in_their_order() {
        let executor = Executor::new(Prng::new(0, 0));
        let seen = Rc::new(RefCell::new(Vec::new()));
        for length in [30, 10, 20] {
            let (clock, seen) = (Rc::clone(&executor), Rc::clone(&seen));
            executor.spawn(Life::OUTSIDE, async move {
                clock.sleep(Millis::new(length)).await;
                seen.borrow_mut().push((length, clock.elapsed()));
            });
        }
        run(&executor);
        assert_eq!(*seen.borrow(), [(10, 10), (20, 20), (30, 30)]);
    }

    #[test]
    fn a_task_whose_life_ended_does_nothing_more_and_leaves_no_timer() {
        let executor = Executor::new(Prng::new(0, 0));
        let (life, reached) = (executor.new_life(), Rc::new(Cell::new(0)));
        for owner in [life, Life::OUTSIDE] {
            let (clock, reached) = (Rc::clone(&executor), Rc::clone(&reached));
            executor.spawn(owner, async move {
                clock.sleep(Millis::new(if owner == life { 10 } else { 5 })).await;
                reached.set(reached.get() + 1);
            });
        }
        while executor.step() {}
        executor.end(|other| other == life);
        run(&executor);
        assert_eq!((reached.get(), executor.elapsed()), (1, 5));
    }

    #[test]
    fn a_seed_decides_which_task_goes_first() {
        let order = |seed| {
            let executor = Executor::new(Prng::new(seed, 0));
            let seen = Rc::new(RefCell::new(Vec::new()));
            for name in 0..8 {
                let seen = Rc::clone(&seen);
                executor.spawn(Life::OUTSIDE, async move { seen.borrow_mut().push(name) });
            }
            run(&executor);
            seen.take()
        };
        assert_eq!(order(1), order(1));
        assert_ne!(order(1), order(2));
    }
}
