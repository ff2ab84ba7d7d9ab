//! What the simulation is asked for on its command line.

use super::fault::Fault;
use super::mutants::Mutant;
use super::narrowed::Narrowed;

/// Told to whoever asks, or has asked for something else.
pub const USAGE: &str = "\
usage: npm run simulate -- [options]

  --seeds N          run so many seeds; 2000 by default
  --from S           the first seed, or `fresh` for one that has not been used; 0 by default
  --threads T        run so many at once; as many as the machine has cores by default
  --report FILE      write a summary of the runs, as Markdown
  --trace            tell everything that happens; for few seeds
  --break NAME       break the simulated service on purpose, to see its check fail

what a broken run is shrunk to is told in these words; of each seed's plan only some parts are kept:

  --clients 3,17     these clients
  --incidents 0,2    these incidents
  --faults a,b       these kinds of faults; an empty text for none
  --audit-every N    look at all tables after each so many steps";

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arguments {
    /// How many seeds.
    pub seeds: u64,
    /// The first one.
    pub from: u64,
    /// Runs at once.
    pub threads: usize,
    /// Where to write a summary.
    pub report: Option<String>,
    /// Whether to tell everything that happens.
    pub trace: bool,
    /// How to break the service.
    pub mutant: Option<Mutant>,
    /// The parts of each plan that are kept.
    pub narrowed: Narrowed,
}

impl Arguments {
    /// Reads a command line, without its first word. `--from fresh` becomes `fresh`.
    ///
    /// # Errors
    /// What can't be used, for people.
    pub fn parse(mut words: impl Iterator<Item = String>, fresh: u64) -> Result<Self, String> {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let mut read = Self {
            seeds: 2_000,
            from: 0,
            threads,
            report: None,
            trace: false,
            mutant: None,
            narrowed: Narrowed::default(),
        };
        while let Some(name) = words.next() {
            if name == "--trace" {
                read.trace = true;
                continue;
            }
            let value = words.next().ok_or_else(|| format!("`{name}` is no option, or wants a value"))?;
            match name.as_str() {
                "--seeds" => read.seeds = number(&name, &value)?,
                "--from" if value == "fresh" => read.from = fresh,
                "--from" => read.from = number(&name, &value)?,
                "--threads" => read.threads = number::<usize>(&name, &value)?.max(1),
                "--report" => read.report = Some(value),
                "--break" => read.mutant = Some(named(&value, Mutant::ALL)?),
                "--clients" => read.narrowed.clients = Some(numbers(&name, &value)?),
                "--incidents" => read.narrowed.incidents = Some(numbers(&name, &value)?),
                "--audit-every" => read.narrowed.audit_every = Some(number::<u64>(&name, &value)?.max(1)),
                "--faults" => read.narrowed.faults = Some(faults(&value)?),
                _ => return Err(format!("`{name}` is no option")),
            }
        }
        Ok(read)
    }
}

fn number<T: std::str::FromStr>(name: &str, value: &str) -> Result<T, String> {
    value.parse().map_err(|_| format!("{name} wants a whole number, not `{value}`"))
}

fn numbers(name: &str, value: &str) -> Result<Vec<usize>, String> {
    value.split(',').filter(|part| !part.is_empty()).map(|part| number(name, part)).collect()
}

fn faults(value: &str) -> Result<Vec<Fault>, String> {
    let all: Vec<(&str, Fault)> = Fault::ALL.iter().map(|fault| (fault.name(), *fault)).collect();
    value.split(',').filter(|part| !part.is_empty()).map(|part| named(part, &all)).collect()
}

fn named<T: Copy>(value: &str, all: &[(&str, T)]) -> Result<T, String> {
    let names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
    let found = all.iter().find(|(name, _)| *name == value);
    found.map(|(_, thing)| *thing).ok_or_else(|| format!("`{value}` is none of: {}", names.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Arguments, String> {
        // As a shell would: two quotes are an empty word.
        Arguments::parse(line.split_whitespace().map(|word| word.replace("''", "")), 42)
    }

    #[test]
    fn what_a_shrunk_run_is_told_in_can_be_read_again() {
        let narrowed = Narrowed {
            clients: Some(vec![3, 17]),
            incidents: Some(vec![]),
            faults: Some(vec![Fault::CloseHangs, Fault::Crash]),
            audit_every: Some(20),
        };
        let line = format!("--seeds 1 --from 7 {narrowed}");
        assert_eq!(parse(&line).unwrap().narrowed, narrowed);
        assert_eq!(parse("").unwrap().narrowed, Narrowed::default());
    }

    #[test]
    fn a_fresh_start_is_the_one_that_is_handed_in() {
        assert_eq!(parse("--from fresh --seeds 3").unwrap(), parse("--from 42 --seeds 3").unwrap());
        assert!(parse("--seeds fresh").is_err());
    }

    #[test]
    fn what_can_not_be_used_is_named() {
        for (line, word) in [
            ("--seeds", "--seeds"),
            ("--seeds many", "many"),
            ("--sedes 3", "--sedes"),
            ("--break everything", "everything"),
            ("--faults crash,fire", "fire"),
        ] {
            assert!(parse(line).unwrap_err().contains(word), "{line}");
        }
    }
}
