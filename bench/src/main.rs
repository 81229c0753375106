//! Measures time and memory of each function, and of a baseline: `make bench`.
//!
//! The release binaries run as in Lambda: on an emulated Runtime API, against DynamoDB and Stripe on this machine. The
//! baseline is a `lambda_http` function without work, and the same store calls without a function. Invocations and
//! baseline take turns, so that other load of the machine affects both. It needs Linux, for `/proc`.

mod baseline;
mod budget;
mod calls;
mod cold;
mod event;
mod growth;
mod instance;
mod learner;
mod parameter_store;
mod process;
mod proxy;
mod recorded_writes;
mod report;
mod results;
mod runtime_api;
mod shop_section;
mod size;
mod statistics;
mod table;
mod task;
mod test_environment;
mod warm;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Parser;

use baseline::Baseline;
use instance::{BARE, Deployment};
use recorded_writes::RecordedWrites;
use results::Results;
use test_environment::TestEnvironment;

/// Measures every function against its baseline, and writes the report.
#[derive(Debug, Parser)]
struct Args {
    /// Cold starts of each function.
    #[arg(long, default_value = "30")]
    cold: NonZeroUsize,
    /// Warm invocations of each task.
    #[arg(long, default_value = "500")]
    warm: NonZeroUsize,
    /// Invocations for each cell of the growth table.
    #[arg(long, default_value = "100")]
    growth: NonZeroUsize,
    /// Where the functions are: `<name>`, or `<name>/bootstrap` as cargo lambda leaves them.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/release"))]
    functions: PathBuf,
    /// Where the bare function is.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/release"))]
    bare: PathBuf,
    /// Where the report goes.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/performance.md"))]
    report: PathBuf,
}

#[tokio::main]
async fn main() -> Result<()> {
    let args = Args::parse();
    let results = run(&args).await?;
    let report = report::write(&results)?;
    print!("{report}");
    let folder = args.report.parent().context("a report is a file in a folder")?;
    std::fs::create_dir_all(folder)?;
    let old = std::fs::read_to_string(&args.report).unwrap_or_default();
    std::fs::write(&args.report, shop_section::keep(&old, report))?;
    eprintln!("\nWritten to {}", args.report.display());
    Ok(())
}

async fn run(args: &Args) -> Result<Results> {
    let environment = TestEnvironment::start().await?;
    let deployment =
        Deployment { functions: args.functions.clone(), bare: args.bare.clone(), variables: environment.variables() };
    let mut sizes = BTreeMap::new();
    for name in function_names()?.into_iter().chain([BARE.to_owned()]) {
        let size = size::measure(&deployment.binary(&name)?)?;
        sizes.insert(name, size);
    }
    let (baseline, recorded_writes) =
        (Baseline::start(environment.dynamodb())?, RecordedWrites::record(&environment, &deployment).await?);
    eprintln!("counting calls ..");
    let calls = calls::measure_calls_by_task(&environment, &deployment).await?;
    eprintln!("{} cold starts of each function ..", args.cold);
    let cold = cold::measure(
        &environment,
        &deployment,
        &with_secrets(&environment, &deployment).await?,
        &baseline,
        args.cold.get(),
    )
    .await?;
    eprintln!("{} warm invocations of each task ..", args.warm);
    let warm = warm::measure(&environment, &deployment, &baseline, &recorded_writes, args.warm.get()).await?;
    eprintln!("{} invocations for each cell of the growth table ..", args.growth);
    let growth = growth::measure(&environment, &deployment, &baseline, &recorded_writes, args.growth.get()).await?;
    Ok(Results { sizes, cold, warm, calls, growth })
}

/// Every function: the folders of `functions/`.
fn function_names() -> Result<Vec<String>> {
    let folders = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../functions"))?;
    folders.map(|folder| folder?.file_name().into_string().ok().context("a function's name is plain text")).collect()
}

/// The same deployment with the secrets in Parameter Store.
async fn with_secrets(environment: &TestEnvironment, deployment: &Deployment) -> Result<Deployment> {
    let path = |name: &str| format!("/bench/{name}");
    let parameters = environment.secrets().map(|(name, value)| (path(name), value.to_owned()));
    let url = parameter_store::serve(parameters.into()).await?;
    let mut deployment = deployment.with([("AWS_ENDPOINT_URL_SSM", &url)]);
    for (name, _) in environment.secrets() {
        deployment = deployment.with([(name, &format!("ssm:{}", path(name)))]);
    }
    Ok(deployment)
}
