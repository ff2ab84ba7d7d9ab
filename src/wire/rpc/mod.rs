//! The calls between the Worker and its Durable Objects.

mod directory_call;
mod fleet_call;
mod recorder_call;
mod relay_call;

pub use directory_call::{DirectoryCall, ListedBrowsers, ProjectPage, RunningBrowser, Swept};
pub use fleet_call::{Claims, Connectable, EndedAs, FleetCall, FleetEnvelope, Listen, Recorded, SweepReport};
pub use recorder_call::RecorderStart;
pub use relay_call::{RelayCall, RelayOpen};
