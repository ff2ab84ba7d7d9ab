//! Whether waiting sessions have to wait, read from the tables without faults.

use tidewatch::fleet::{Store as _, Value};
use tidewatch::session::{Millis, Timestamp};

use super::world::World;

/// The longest backoff that a provider can ask for.
const BACKOFF_MAX: Millis = Millis::from_secs(30);
/// How long the queue stays half open after a rate limit: one start at a time probes the provider.
const HALF_OPEN: Millis = Millis::from_secs(60);

/// When the provider's backoff ends.
pub fn backoff_until(world: &World, project: usize) -> Timestamp {
    let until = number(world, project, "put_off_until");
    if until.since(world.now()) > BACKOFF_MAX { world.now() } else { until }
}

/// Whether the queue has to wait although slots are free. It does during a backoff, and while a probe runs half open.
pub fn must_wait(world: &World, project: usize, one_starts: bool) -> bool {
    let is_half_open = world.now() < number(world, project, "put_off_at").plus(HALF_OPEN);
    // After a step back of the clock this is later than the provider asked for, like every other deadline.
    number(world, project, "put_off_until") > world.now() || (is_half_open && one_starts)
}

fn number(world: &World, project: usize, name: &str) -> Timestamp {
    let rows = world.objects.tables(project).tables().query("SELECT value FROM numbers WHERE name = ?", &[name.into()]);
    Timestamp::from_millis(match rows.unwrap_or_default().first().map(|row| &row.0[0]) {
        Some(Value::Integer(value)) => *value,
        _ => 0,
    })
}
