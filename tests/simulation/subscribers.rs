//! Subscribers to a project's events, at both ends of their sockets. A socket outlives the object that accepted it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures::channel::oneshot;
use tidewatch::host::Subscriber;
use tidewatch::wire::EventView;

use super::invariant::Invariant;
use super::mutants::Mutant;
use super::plan::Subscription;
use super::world::World;

/// How long a subscriber waits before it connects again, in milliseconds.
const RECONNECT_MS: std::ops::RangeInclusive<u64> = 200..=4_000;

/// The subscribers of all projects.
pub struct Subscribers(Vec<RefCell<Vec<SimSubscriber>>>);

impl Subscribers {
    /// No subscribers.
    pub fn new(projects: usize) -> Self {
        Self((0..projects).map(|_| RefCell::default()).collect())
    }

    /// The subscribers of a project.
    pub fn of(&self, project: usize) -> Vec<SimSubscriber> {
        self.0[project].borrow().clone()
    }

    /// Accepts a subscriber at the object's end.
    pub fn accept(&self, project: usize, subscriber: &SimSubscriber) {
        self.0[project].borrow_mut().push(subscriber.clone());
    }

    /// Breaks all sockets, as the platform does now and then.
    pub fn break_all(&self) {
        for subscribers in &self.0 {
            for subscriber in subscribers.take() {
                subscriber.0.closed.take();
            }
        }
    }
}

/// A subscriber's socket. A clone is the same socket.
#[derive(Clone)]
pub struct SimSubscriber(Rc<Socket>);

struct Socket {
    world: Rc<World>,
    project: usize,
    attachment: RefCell<Option<String>>,
    /// The id of the last event. `None` before the first message.
    seen: Cell<Option<i64>>,
    closed: RefCell<Option<oneshot::Sender<()>>>,
}

impl Socket {
    /// The subscriber's end. Checks that each event comes once, in order, and agrees with what is stored.
    fn receive(&self, text: &str) {
        let event: EventView = serde_json::from_str(text).expect("an event can be read");
        let id: i64 = event.id.parse().expect("an event's id is a number");
        let seen = self.seen.replace(Some(id));
        let is_next = match (event.kind.as_str(), seen) {
            ("ready", seen) => seen.is_none() || seen == Some(id),
            ("reset", _) => true,
            (_, Some(seen)) => id == seen + 1,
            (_, None) => false,
        };
        self.world.holds(Invariant::Events, is_next, || {
            format!("p{}: {} {id} comes after event {seen:?}", self.project, event.kind)
        });
        if let Some(view) = &event.session {
            self.world.ledger.check_view(&self.world, self.project, view);
        }
    }
}

impl Subscriber for SimSubscriber {
    fn attachment(&self) -> Option<String> {
        self.0.attachment.borrow().clone()
    }

    fn attach(&self, text: &str) {
        *self.0.attachment.borrow_mut() = Some(text.to_owned());
    }

    fn send(&self, text: &str) {
        let is_lost = self.0.world.is_mutated(Mutant::LosesEvents) && text.contains("session.ended");
        if !is_lost {
            self.0.receive(text);
        }
    }

    fn close(&self, _code: u16, _reason: &str) {
        self.0.closed.take();
    }
}

/// Subscribes until the end of the run. Resumes after the last event when the socket breaks.
pub async fn follow(world: Rc<World>, subscription: Subscription) {
    world.sleep(subscription.arrives).await;
    let mut seen = None;
    loop {
        let (sender, closed) = oneshot::channel();
        let subscriber = SimSubscriber(Rc::new(Socket {
            world: Rc::clone(&world),
            project: subscription.project,
            attachment: RefCell::default(),
            seen: Cell::new(seen),
            closed: RefCell::new(Some(sender)),
        }));
        if world.objects.subscribe(&world, subscription.project, seen, &subscriber).await.is_ok() {
            world.note(|| format!("p{} has a subscriber, from event {seen:?}", subscription.project));
            let _broken = closed.await;
        }
        seen = subscriber.0.seen.get();
        world.takes(RECONNECT_MS).await;
    }
}

/// Checks at the end of a run that each subscriber has seen every event.
pub fn check_all_seen(world: &World, project: usize, latest: i64) {
    for subscriber in world.subscribers.of(project) {
        let seen = subscriber.0.seen.get();
        world.holds(Invariant::Events, seen == Some(latest), || {
            format!("p{project}: a subscriber has seen all up to {seen:?}, and the last event is {latest}")
        });
    }
}
