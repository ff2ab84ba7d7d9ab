//! What the tables say of the line, past all faults: whether those who wait have to.

use tidewatch::fleet::{Store as _, Value};
use tidewatch::session::{Millis, Timestamp};

use super::world::World;

/// The longest that a provider can ask to be left alone.
const PUT_OFF_MAX: Millis = Millis::from_secs(30);
/// After the provider has said no, one start at a time shows what it gives, for this long.
const CAUTION: Millis = Millis::from_secs(60);

/// Until when the provider wants to be left alone.
pub fn put_off_until(world: &World, project: usize) -> Timestamp {
    let until = number(world, project, "put_off_until");
    if until.since(world.now()) > PUT_OFF_MAX { world.now() } else { until }
}

/// Whether those who wait have to, although slots are free: the provider wants to be left alone, or was so not long
/// ago.
pub fn must_wait(world: &World, project: usize, one_starts: bool) -> bool {
    let is_cautious = world.now() < number(world, project, "put_off_at").plus(CAUTION);
    // After the clock has stepped back this is later than the provider meant, as every deadline is then.
    number(world, project, "put_off_until") > world.now() || (is_cautious && one_starts)
}

fn number(world: &World, project: usize, name: &str) -> Timestamp {
    let rows = world.objects.tables(project).tables().query("SELECT value FROM numbers WHERE name = ?", &[name.into()]);
    Timestamp::from_millis(match rows.unwrap_or_default().first().map(|row| &row.0[0]) {
        Some(Value::Integer(value)) => *value,
        _ => 0,
    })
}
