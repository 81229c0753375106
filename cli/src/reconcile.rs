//! `tuition reconcile`: does what the function `reconcile` does on a schedule.

use std::time::Duration;

use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use jiff::civil::Date;
use shared::fulfil::Context;
use shared::fulfil::reconcile::{self, Progress, ReconcileReport, RunOptions, RunTrigger};

/// Reads Stripe's events since `since` (or since the end of the last run) and applies those that were not processed. Shows
/// a progress bar. Ends when all events are read.
///
/// # Errors
/// When Stripe's list or the table cannot be read. Events that were applied stay applied.
pub async fn run(context: &Context, since: Option<Timestamp>) -> Result<ReconcileReport> {
    let bar = ProgressBar::new(0);
    let style = "{spinner} {bar:40} {percent:>3} % of the time since {prefix}   {msg}";
    bar.set_style(ProgressStyle::with_template(style)?);
    bar.enable_steady_tick(Duration::from_millis(200));
    let show = |progress: Progress<'_>| {
        let Progress { report, from, seconds, read_seconds } = progress;
        bar.set_length(seconds);
        bar.set_position(read_seconds);
        bar.set_prefix(from.to_string());
        bar.set_message(format!("{} events, {} applied", report.read, report.applied));
    };
    let report =
        reconcile::run(context, RunOptions { since, deadline: None, trigger: RunTrigger::Operator }, show).await;
    bar.finish_and_clear();
    Ok(report?)
}

/// A point in time, or the beginning of a day in UTC.
///
/// # Errors
/// When `text` is neither.
pub fn parse_since(text: &str) -> Result<Timestamp, String> {
    if let Ok(time) = text.parse() {
        return Ok(time);
    }
    let day: Result<Date, _> = text.parse();
    let day = day.map_err(|_| "it is a day, 2026-11-01, or a time, 2026-11-01T09:30:00Z".to_owned())?;
    format!("{day}T00:00:00Z").parse().map_err(|_| "it is out of the calendar".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_utc() {
        assert_eq!(parse_since("2026-11-01").unwrap().to_string(), "2026-11-01T00:00:00Z");
        assert_eq!(parse_since("2026-11-01T09:30:00Z").unwrap().to_string(), "2026-11-01T09:30:00Z");
        assert!(parse_since("yesterday").is_err());
    }
}
