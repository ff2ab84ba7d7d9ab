//! The simulated bucket of recordings. It may fail or hang.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use tidewatch::host::{Bucket, KeyPage, PlatformError};

use super::fault::Fault;
use super::mutants::Mutant;
use super::world::World;

/// How long a hanging request takes.
const HANGS_MS: u64 = 60_000;

/// The bucket's objects: the number of lines of each key.
#[derive(Default)]
pub struct Objects(RefCell<BTreeMap<String, usize>>);

impl Objects {
    /// The keys with this prefix, each with its number of lines.
    pub fn with_prefix(&self, prefix: &str) -> Vec<(String, usize)> {
        let objects = self.0.borrow();
        let found = objects.range(prefix.to_owned()..).take_while(|(key, _)| key.starts_with(prefix));
        found.map(|(key, lines)| (key.clone(), *lines)).collect()
    }
}

/// The bucket behind the host's `Bucket` trait.
pub struct SimBucket(Rc<World>);

impl SimBucket {
    /// The run's bucket.
    pub fn new(world: Rc<World>) -> Self {
        Self(world)
    }

    async fn request(&self) -> Result<(), PlatformError> {
        let world = &self.0;
        world.takes(5..=120).await;
        if world.faults.strikes(Fault::BucketHangs) {
            world.sleep(HANGS_MS).await;
        }
        if world.faults.strikes(Fault::BucketFails) {
            return Err(PlatformError("the bucket answered 500".to_owned()));
        }
        Ok(())
    }
}

impl Bucket for SimBucket {
    async fn put(&self, key: &str, text: &str) -> Result<(), PlatformError> {
        self.request().await?;
        if self.0.is_mutated(Mutant::LosesSegments) {
            return Ok(());
        }
        self.0.bucket.0.borrow_mut().insert(key.to_owned(), text.lines().count());
        Ok(())
    }

    async fn list(&self, prefix: &str, after: Option<&str>, limit: u32) -> Result<KeyPage, PlatformError> {
        self.request().await?;
        let mut keys: Vec<String> = self.0.bucket.with_prefix(prefix).into_iter().map(|(key, _)| key).collect();
        keys.retain(|key| after.is_none_or(|after| key.as_str() > after));
        let is_cut = keys.len() > limit as usize;
        keys.truncate(limit as usize);
        Ok(KeyPage { keys, is_cut })
    }

    async fn delete(&self, keys: &[String]) -> Result<(), PlatformError> {
        self.request().await?;
        let mut objects = self.0.bucket.0.borrow_mut();
        for key in keys {
            objects.remove(key);
        }
        Ok(())
    }
}
