//! The report as Markdown, with each number next to its baseline and its budget.

use std::fmt::Write;
use std::time::Duration;

use anyhow::{Context, Result};
use jiff::Timestamp;

use crate::budget::{self, verdict};
use crate::cold::{START_KINDS, StartKind};
use crate::growth::{FACTS, MEASURED_CALLS, MeasuredCall, USERS};
use crate::instance::BARE;
use crate::results::Results;
use crate::task::TASKS;
use crate::warm;

const INTRODUCTION: &str = "\
# Performance

Written by `make bench`; do not edit. Release binaries ran as in Lambda on an emulated Runtime API, invocation by
invocation in turns with a bare `lambda_http` function (the same event, no work) and with the bare AWS SDK making only the
store calls that the task needs. DynamoDB and Stripe were stand-ins in memory on the same machine, over plain HTTP. So ratios
count: on AWS, TLS and the network come on top of every call, and CPU grows dear with little memory.
";

const TASK_NOTE: &str = "
At most: the bare function and one and a half times the store calls: one Query and, for webhook, meter and step, the transaction that
was recorded from the function. For the MCP server it is the request of the API that the tool is, by itself, in place of the store
calls. Where Stripe is asked, its answer is what one waits for, and there is no budget. CPU is the process's own, a mean.
";

const LAMBDA_NOTE: &str = "
Lambda gives CPU in proportion to memory, a whole vCPU at
[1,769 MB](https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html). The table is the measured CPU time of a
warm invocation at that share, without the waiting for DynamoDB and Stripe; `template.yaml` sets 256 MB. Memory itself is no
reason for any of these sizes.
";

/// Possible memory sizes of a function, in MB.
const MEMORY_SIZES: [u32; 4] = [128, 256, 512, 1_024];
/// The memory size with one vCPU, in MB.
const ONE_VCPU_MB: u32 = 1_769;

/// The whole report.
pub(crate) fn write(results: &Results) -> Result<String> {
    let mut text = INTRODUCTION.to_owned();
    let date = Timestamp::now().strftime("%Y-%m-%d");
    let samples = results.cold.get(&StartKind::Bare).map_or(0, |samples| samples.total.count());
    let rounds = results.warm.tasks.values().next().map_or(0, |measured| measured.function.count());
    writeln!(text, "\n{date}, {}. Times are milliseconds.", machine()?)?;
    writeln!(text, "\n## Start\n\nMedians of {samples} cold starts, from the start of the process.\n")?;
    write_starts(&mut text, results)?;
    let caught_up = results.warm.caught_up_events;
    writeln!(
        text,
        "\n## Size\n\nMost memory that was ever resident in {rounds} invocations of each task and, for reconcile, in a run that \
         caught up with\n{caught_up} events.\n"
    )?;
    write_sizes(&mut text, results)?;
    writeln!(text, "\n## Warm\n\n{rounds} invocations of each task; a tenth of that of reconcile.\n")?;
    write_tasks(&mut text, results)?;
    text.push_str(TASK_NOTE);
    writeln!(text, "\n## CPU on Lambda\n")?;
    write_lambda_cpu(&mut text, results)?;
    text.push_str(LAMBDA_NOTE);
    writeln!(text, "\n## Calls\n\nOf one request, on a warm instance. Items are those of its transaction.\n")?;
    write_calls(&mut text, results)?;
    writeln!(text, "\n## Growth\n\nMedians, by facts of the learner and learners in the table.\n")?;
    write_growth(&mut text, results)?;
    Ok(text)
}

/// The processor and its number of cores.
fn machine() -> Result<String> {
    let information = std::fs::read_to_string("/proc/cpuinfo")?;
    let models: Vec<&str> = information.lines().filter(|line| line.starts_with("model name")).collect();
    let model =
        models.first().and_then(|line| line.split_once(':')).map_or("unknown processor", |(_, name)| name.trim());
    let cores = std::thread::available_parallelism()?;
    Ok(format!("{model}, {cores} cores, {}", std::env::consts::ARCH))
}

fn write_starts(text: &mut String, results: &Results) -> Result<()> {
    text.push_str(
        "| function | init | first answer | together | of bare | at most | |\n|---|--:|--:|--:|--:|--:|---|\n",
    );
    let bare = results.cold.get(&StartKind::Bare).context("the bare function was started")?.total.median();
    for start in START_KINDS {
        let samples = results.cold.get(&start).with_context(|| format!("{start:?} was measured"))?;
        let (init, first, total) = (samples.init.median(), samples.first_response.median(), samples.total.median());
        let (name, limit, verdict_text) = match start {
            StartKind::Bare => (BARE.to_owned(), String::new(), ""),
            StartKind::Function(task) => {
                let limit = budget::cold_start(task.function());
                let text = limit.map(|tenths| format!("{}.{}", tenths / 10, tenths % 10)).unwrap_or_default();
                (task.function().to_owned(), text, limit.map_or("", |tenths| verdict(total, bare * tenths / 10)))
            }
            StartKind::WithSecrets(task) => (format!("{}, secrets fetched", task.function()), String::new(), ""),
        };
        let (init, first, sum, ratio) = (millis(init), millis(first), millis(total), ratio(total, bare));
        writeln!(text, "| {name} | {init} | {first} | {sum} | {ratio} | {limit} | {verdict_text} |")?;
    }
    Ok(())
}

fn write_sizes(text: &mut String, results: &Results) -> Result<()> {
    text.push_str("| function | peak RSS MiB | at most | | binary MiB | zipped MiB | at most | |\n");
    text.push_str("|---|--:|--:|---|--:|--:|--:|---|\n");
    for (name, (binary, zipped)) in &results.sizes {
        // A function without a task was not run.
        let peak = results.warm.memory.get(name.as_str()).copied();
        let peak_text = peak.map(mebibytes).unwrap_or_default();
        let (binary, zipped_text) = (mebibytes(binary / 1024), mebibytes(zipped / 1024));
        if *name == BARE {
            writeln!(text, "| {name} | {peak_text} | | | {binary} | {zipped_text} | | |")?;
            continue;
        }
        let (memory, size) = (budget::PEAK_MEMORY_KIB, budget::zip_size(name));
        writeln!(
            text,
            "| {name} | {peak_text} | {} | {} | {binary} | {zipped_text} | {} | {} |",
            mebibytes(memory),
            peak.map_or("", |peak| verdict(peak, memory)),
            mebibytes(size / 1024),
            verdict(*zipped, size),
        )?;
    }
    Ok(())
}

fn write_tasks(text: &mut String, results: &Results) -> Result<()> {
    text.push_str("| task | p50 | p90 | p99 | bare p50 | store p50 | at most | | CPU | bare CPU | at most | |\n");
    text.push_str("|---|--:|--:|--:|--:|--:|--:|---|--:|--:|--:|---|\n");
    for task in TASKS {
        let measured = results.warm.tasks.get(&task).with_context(|| format!("{task:?} was measured"))?;
        let warm::TaskSamples { function, function_cpu, bare, bare_cpu, store } = measured;
        let [p50, p90, p99] = [50, 90, 99].map(|percent| function.percentile(percent));
        let (limit, cpu) = (budget::warm_invocation(task, bare.median(), store.median()), function_cpu.mean());
        let cpu_limit = budget::cpu(task, bare_cpu.mean());
        writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            task.title(),
            millis(p50),
            millis(p90),
            millis(p99),
            millis(bare.median()),
            if store.count() > 0 { millis(store.median()) } else { String::new() },
            limit.map(millis).unwrap_or_default(),
            limit.map_or("", |limit| verdict(p50, limit)),
            millis(cpu),
            millis(bare_cpu.mean()),
            cpu_limit.map(millis).unwrap_or_default(),
            cpu_limit.map_or("", |limit| verdict(cpu, limit)),
        )?;
    }
    Ok(())
}

fn write_lambda_cpu(text: &mut String, results: &Results) -> Result<()> {
    let columns = MEMORY_SIZES.map(|size| format!(" {size} MB |")).concat();
    writeln!(text, "| task | CPU |{columns}\n|---|--:|{}", "--:|".repeat(MEMORY_SIZES.len()))?;
    for task in TASKS {
        let measured = results.warm.tasks.get(&task).with_context(|| format!("{task:?} was measured"))?;
        let cpu = measured.function_cpu.mean();
        let shares = MEMORY_SIZES.map(|size| format!(" {} |", millis(cpu * ONE_VCPU_MB / size))).concat();
        writeln!(text, "| {} | {} |{shares}", task.title(), millis(cpu))?;
    }
    Ok(())
}

fn write_calls(text: &mut String, results: &Results) -> Result<()> {
    text.push_str("| task | store | at most | items | at most | Stripe | at most | |\n");
    text.push_str("|---|---|--:|--:|--:|---|--:|---|\n");
    for task in TASKS {
        let calls = results.calls.get(&task).with_context(|| format!("{task:?} was counted"))?;
        let (store, stripe) = budget::calls(task);
        let limit = budget::transaction_items(task);
        let is_met = calls.store.len() <= store && calls.stripe.len() <= stripe && calls.items <= limit;
        let items = if calls.items > 0 { format!("{} | {limit}", calls.items) } else { " |".to_owned() };
        writeln!(
            text,
            "| {} | {} | {store} | {items} | {} | {stripe} | {} |",
            task.title(),
            list_calls(&calls.store),
            list_calls(&calls.stripe),
            verdict(usize::from(!is_met), 0),
        )?;
    }
    Ok(())
}

fn write_growth(text: &mut String, results: &Results) -> Result<()> {
    let columns = USERS.map(|users| format!(" in {users} |")).concat();
    writeln!(text, "| | facts |{columns}\n|---|--:|{}", "--:|".repeat(USERS.len()))?;
    for subject in MEASURED_CALLS {
        for facts in FACTS {
            let name = match subject {
                MeasuredCall::AccessCheck => "access check",
                MeasuredCall::EntitlementsList => "entitlements list",
                MeasuredCall::BareQuery => "bare Query",
            };
            write!(text, "| {name} | {facts} |")?;
            for users in USERS {
                let samples = results.growth.cells.get(&(subject, facts, users));
                let samples = samples.with_context(|| format!("{name} with {facts} facts was measured"))?;
                write!(text, " {} |", millis(samples.median()))?;
            }
            text.push('\n');
        }
    }
    let peaks = results.growth.memory.iter().map(|(name, peak)| format!("{name} {} MiB", mebibytes(*peak)));
    writeln!(text, "\nPeak RSS after it: {}.", peaks.collect::<Vec<_>>().join(", "))?;
    Ok(())
}

/// The number and the names: `2: Query, TransactWriteItems`. Repeated calls are named once: `Query (10)`.
fn list_calls(calls: &[String]) -> String {
    if calls.is_empty() {
        return "0".to_owned();
    }
    let runs = calls.chunk_by(|one, next| one == next).map(|run| match run {
        [one] => one.clone(),
        run => format!("{} ({})", run.first().cloned().unwrap_or_default(), run.len()),
    });
    format!("{}: {}", calls.len(), runs.collect::<Vec<_>>().join(", "))
}

/// Milliseconds with two decimals.
fn millis(duration: Duration) -> String {
    let hundredths = (duration.as_micros() + 5) / 10;
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// MiB with one decimal, of KiB.
fn mebibytes(kibibytes: u64) -> String {
    let tenths = (kibibytes * 10 + 512) / 1024;
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// A duration in multiples of `unit`, with one decimal.
fn ratio(duration: Duration, unit: Duration) -> String {
    let tenths = duration.as_micros() * 10 / unit.as_micros().max(1);
    format!("{}.{}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{mebibytes, millis, ratio};

    #[test]
    fn numbers_are_rounded_without_floats() {
        assert_eq!(millis(Duration::from_micros(1_234)), "1.23");
        assert_eq!(millis(Duration::from_micros(45)), "0.05");
        assert_eq!(mebibytes(16 * 1024), "16.0");
        assert_eq!(mebibytes(1_588), "1.6");
        assert_eq!(ratio(Duration::from_micros(4_500), Duration::from_micros(1_000)), "4.5");
    }
}
