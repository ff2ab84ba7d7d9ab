//! The calls between the Worker and its Durable Objects, and between the objects: plain requests and typed answers.
//!
//! Old and new code run side by side for minutes after a deployment: fields that one side does not know are ignored,
//! and fields that one side does not send have a default. The names are part of that contract. A call that means or
//! holds something else than before gets another name: an object refuses a call that it does not know.

mod directory;
mod fleet;
mod recorder;
mod relay;
mod service;

pub use directory::{
    CloseUnclaimed, DirectoryCall, DirectoryMethod, DirectoryService, LastSweep, ListBrowsers, ListProjects,
    ListedBrowsers, ProjectPage, RecordSweep, Register, RunningBrowser, Swept, Unregister,
};
pub use fleet::{
    CallContext, Change, Claims, ClosedByClient, Connect, Connectable, Create, Created, EndedAs, FindRecording,
    FleetCall, FleetMethod, FleetService, FleetSubscribe, Get, GetUsage, List, Look, Recorded, RecorderSeen, Release,
    ReleaseAll, ReportClients, SocketLost, Sweep, SweepReport, WhichAreMine,
};
pub use recorder::{RecorderCall, RecorderMethod, RecorderService, StartRecorder};
pub use relay::{AskPresence, RelayCall, RelayMethod, RelayOpen, RelayService, RelaySocket};
pub use service::CallError;
