//! The command line's arguments.

use super::fault::Fault;
use super::mutants::Mutant;
use super::selection::Selection;

/// The help text. It is also printed after a wrong argument.
pub const USAGE: &str = "\
usage: npm run simulate -- [options]

  --seeds N          the number of seeds; 2000 by default
  --from S           the first seed, or `fresh` for one that has not been used; 0 by default
  --threads T        the number of threads; one for each core by default
  --report FILE      write a summary of the runs, as Markdown
  --trace            print everything that happens; for few seeds
  --break NAME       break the simulated service on purpose, to see its check fail

these options keep only some parts of each seed's plan; a broken run is shrunk to such a selection:

  --clients 3,17     these clients
  --incidents 0,2    these incidents
  --faults a,b       these kinds of faults; an empty value for none
  --audit-every N    audit all tables every N steps";

/// The arguments of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arguments {
    /// The number of seeds.
    pub seeds: u64,
    /// The first seed.
    pub from: u64,
    /// The number of threads.
    pub threads: usize,
    /// Where to write a summary.
    pub report: Option<String>,
    /// Whether to print everything that happens.
    pub trace: bool,
    /// How to break the service.
    pub mutant: Option<Mutant>,
    /// The parts of each plan that are kept.
    pub selection: Selection,
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
            selection: Selection::default(),
        };
        while let Some(name) = words.next() {
            if name == "--trace" {
                read.trace = true;
                continue;
            }
            let value = words.next().ok_or_else(|| format!("`{name}` is not an option, or needs a value"))?;
            match name.as_str() {
                "--seeds" => read.seeds = number(&name, &value)?,
                "--from" if value == "fresh" => read.from = fresh,
                "--from" => read.from = number(&name, &value)?,
                "--threads" => read.threads = number::<usize>(&name, &value)?.max(1),
                "--report" => read.report = Some(value),
                "--break" => read.mutant = Some(named(&value, Mutant::ALL)?),
                "--clients" => read.selection.clients = Some(numbers(&name, &value)?),
                "--incidents" => read.selection.incidents = Some(numbers(&name, &value)?),
                "--audit-every" => read.selection.audit_every = Some(number::<u64>(&name, &value)?.max(1)),
                "--faults" => read.selection.faults = Some(faults(&value)?),
                _ => return Err(format!("`{name}` is not an option")),
            }
        }
        Ok(read)
    }
}

fn number<T: std::str::FromStr>(name: &str, value: &str) -> Result<T, String> {
    value.parse().map_err(|_| format!("{name} needs a whole number, not `{value}`"))
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
        // Like a shell, this reads two quotes as an empty word.
        Arguments::parse(line.split_whitespace().map(|word| word.replace("''", "")), 42)
    }

    #[test]
    fn a_printed_selection_parses_to_the_same_selection() {
        let selection = Selection {
            clients: Some(vec![3, 17]),
            incidents: Some(vec![]),
            faults: Some(vec![Fault::CloseHangs, Fault::Crash]),
            audit_every: Some(20),
        };
        let line = format!("--seeds 1 --from 7 {selection}");
        assert_eq!(parse(&line).unwrap().selection, selection);
        assert_eq!(parse("").unwrap().selection, Selection::default());
    }

    #[test]
    fn from_fresh_uses_the_given_seed() {
        assert_eq!(parse("--from fresh --seeds 3").unwrap(), parse("--from 42 --seeds 3").unwrap());
        assert!(parse("--seeds fresh").is_err());
    }

    #[test]
    fn an_invalid_argument_is_named_in_the_error() {
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
