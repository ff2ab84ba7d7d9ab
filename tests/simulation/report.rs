//! The report of all runs, for people.

use std::fmt::Write as _;

use super::arguments::Arguments;
use super::fault::Fault;
use super::invariant::Invariant;
use super::many::per_second;
use super::shrink::shrink;
use super::total::Total;
use super::trace::Trace;
use super::world;

/// The text before a summary's figures.
const PREFACE: &str = include_str!("preface.md");
/// How many broken seeds are shrunk and traced. The others are only listed.
const TRACED_MAX: usize = 3;
/// How many lines of a trace are printed. `--trace` prints all.
const TRACE_MAX: usize = 80;

/// Prints each broken run: its invariant, the smallest selection that breaks it, and the last lines of its trace.
pub fn print_broken(arguments: &Arguments, total: &Total) {
    for (seed, broken) in total.broken.iter().take(TRACED_MAX) {
        println!("\nseed {seed}: `{}` does not hold. {}", broken.invariant.name(), broken.what);
        let selection = shrink(*seed, &arguments.selection, arguments.mutant, broken.invariant);
        let trace = Trace::kept();
        let ran = world::run(selection.plan(*seed), arguments.mutant, trace.clone());
        let what = ran.broken.map_or_else(|| broken.what.clone(), |broken| broken.what);
        println!(
            "\nthe smallest run that breaks it:\n\n  npm run simulate -- --from {seed} --seeds 1{selection} --trace\n"
        );
        let lines = trace.lines();
        for line in &lines[lines.len().saturating_sub(TRACE_MAX)..] {
            println!("{line}");
        }
        println!("\n  {what}");
    }
    if total.broken.len() > TRACED_MAX {
        let others: Vec<String> = total.broken[TRACED_MAX..].iter().map(|(seed, _)| seed.to_string()).collect();
        println!("\nthese seeds broke as well: {}", others.join(", "));
    }
}

/// The last lines of the output.
pub fn summary(total: &Total, seconds: f64) -> String {
    let speed = per_second(total.runs(), seconds);
    format!(
        "{} sessions in {:.1} s, {speed:.0} seeds a second\n{} seeds held, {} broke",
        total.sessions(),
        seconds,
        total.held,
        total.broken.len()
    )
}

/// A summary for the documentation.
pub fn markdown(arguments: &Arguments, total: &Total, seconds: f64) -> String {
    let mut text = String::from(PREFACE);
    let last = arguments.from + arguments.seeds.saturating_sub(1);
    let line = format!("npm run simulate -- --from {} --seeds {}", arguments.from, arguments.seeds);
    let rows = [
        ("seeds", format!("{} to {last}", arguments.from)),
        ("sessions that began and ended", grouped(total.sessions())),
        ("broken invariants", total.broken.len().to_string()),
        ("browsers started", grouped(total.browsers)),
        ("instances of objects killed", grouped(total.deaths)),
        ("steps, each followed by checks", grouped(total.steps)),
        ("simulated time", format!("{} days", grouped(total.elapsed / 86_400_000))),
        ("speed", format!("{:.0} seeds a second on {} threads", per_second(total.runs(), seconds), arguments.threads)),
    ];
    let _infallible = writeln!(text, "\n`{line}`:\n\n| what | |\n| --- | --- |");
    for (name, value) in rows {
        let _infallible = writeln!(text, "| {name} | {value} |");
    }
    table(&mut text, "how sessions ended, and what creates led to", total.lives.iter().map(|(n, m)| (*n, *m)));
    let struck = Fault::ALL.iter().map(|fault| (fault.name(), total.struck[*fault as usize]));
    table(&mut text, "faults that happened by chance", struck);
    let broken = |invariant: &Invariant| total.broken.iter().filter(|(_, b)| b.invariant == *invariant).count() as u64;
    table(&mut text, "invariants, and how often each was broken", Invariant::ALL.iter().map(|i| (i.name(), broken(i))));
    text
}

fn table<'a>(text: &mut String, title: &str, rows: impl Iterator<Item = (&'a str, u64)>) {
    let _infallible = writeln!(text, "\n| {title} | |\n| --- | --- |");
    for (name, many) in rows {
        let _infallible = writeln!(text, "| {name} | {} |", grouped(many));
    }
}

/// A number with separators between thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_separators_between_thousands() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }
}
