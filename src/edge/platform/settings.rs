//! The deployment's settings: its secret and its limits.

use worker::Env;

use super::bucket::RecordingBucket;
use crate::fleet::FleetLimits;
use crate::session::{Millis, OptionsLimits};
use crate::wire::{AllowedOrigins, Code, InvalidOrigin, Problem, Secret};

/// Contract: "1000 to the deployment's maximum (24 h)".
const TIMEOUT_MAX_DEFAULT: u64 = 86_400_000;
/// A year: beyond, a point in time would leave the numbers that SQLite and JavaScript have in common.
const TIMEOUT_MAX_EVER: u64 = 365 * 86_400_000;
const LIVE_MAX_DEFAULT: u64 = 20;
const RETENTION_DAYS_DEFAULT: u64 = 30;

/// The deployment's settings, read from its bindings.
pub(in crate::edge) struct Settings {
    /// For requests.
    pub options: OptionsLimits,
    /// For a project's fleet.
    pub fleet: FleetLimits,
    /// How long a recording is kept.
    pub recordings_kept: Millis,
    /// Whether every browser of the provider's account is this deployment's: then one that no project knows is closed.
    pub browsers_are_ours_alone: bool,
}

impl Settings {
    /// Reads the settings; one that is absent has its default.
    ///
    /// # Errors
    /// The name of a variable that can't be read: a limit that was meant and is not kept would be worse than none.
    pub(in crate::edge) fn read(env: &Env) -> Result<Self, &'static str> {
        let live_max = number(env, "LIVE_SESSIONS_MAX", LIVE_MAX_DEFAULT)?;
        let days = number(env, "RETENTION_DAYS", RETENTION_DAYS_DEFAULT)?;
        let recorded = number(env, "RECORDING_RETENTION_DAYS", RETENTION_DAYS_DEFAULT)?;
        let timeout_max = number(env, "TIMEOUT_MAX_MS", TIMEOUT_MAX_DEFAULT)?.min(TIMEOUT_MAX_EVER);
        Ok(Self {
            options: OptionsLimits {
                timeout_max: Millis::new(timeout_max),
                recordings: RecordingBucket::of(env).is_some(),
            },
            fleet: FleetLimits { live_max: u32::try_from(live_max).unwrap_or(u32::MAX), retention: whole_days(days) },
            recordings_kept: whole_days(recorded),
            browsers_are_ours_alone: flag(env, "BROWSERS_ARE_OURS_ALONE")?,
        })
    }
}

/// The settings that every request needs.
///
/// # Errors
/// `not_configured`, naming the variable that can't be read.
pub(in crate::edge) fn for_requests(env: &Env) -> Result<Settings, Problem> {
    let settings = Settings::read(env).map_err(unreadable_setting)?;
    allowed_origins(env)
        .map_err(|error| Problem::new(Code::NotConfigured, format!("ALLOWED_ORIGINS of this deployment: {error}")))?;
    Ok(settings)
}

fn unreadable_setting(name: &str) -> Problem {
    let must = if name == "BROWSERS_ARE_OURS_ALONE" { "\"true\" or \"false\"" } else { "a whole number" };
    Problem::new(Code::NotConfigured, format!("{name} of this deployment must be {must}"))
}

fn whole_days(days: u64) -> Millis {
    Millis::from_secs(days.saturating_mul(24 * 60 * 60).min(u64::MAX / 1000))
}

/// The deployment's secret; `None` if it has none that could serve, and then nothing but health is answered.
pub(in crate::edge) fn secret(env: &Env) -> Option<Secret> {
    env.secret("TIDEWATCH_SECRET").ok().and_then(|text| Secret::new(&text.to_string()))
}

/// The pages that may call from another origin; none if nothing is said.
///
/// # Errors
/// What is wrong with the variable.
pub(in crate::edge) fn allowed_origins(env: &Env) -> Result<AllowedOrigins, InvalidOrigin> {
    let text = env.var("ALLOWED_ORIGINS").map(|text| text.to_string()).unwrap_or_default();
    AllowedOrigins::parse(&text)
}

fn number(env: &Env, name: &'static str, default: u64) -> Result<u64, &'static str> {
    let Ok(text) = env.var(name) else { return Ok(default) };
    text.to_string().trim().parse().map_err(|_| name)
}

fn flag(env: &Env, name: &'static str) -> Result<bool, &'static str> {
    let Ok(text) = env.var(name) else { return Ok(false) };
    match text.to_string().trim() {
        "true" => Ok(true),
        "false" | "" => Ok(false),
        _ => Err(name),
    }
}
