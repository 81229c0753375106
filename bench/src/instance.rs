//! One instance of a function: its binary, started and invoked like Lambda does.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;
use shared::http::gateway::LambdaResponse;
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::process::ProcessUsage;
use crate::runtime_api::RuntimeApi;

/// No measured invocation takes this long.
const TIMEOUT: Duration = Duration::from_secs(20);
/// After its response a function asks for the next event and becomes idle. Only then has it used all of its CPU time.
const IDLE_DELAY: Duration = Duration::from_micros(500);

/// The deployed functions: their binaries and variables.
#[derive(Debug, Clone)]
pub(crate) struct Deployment {
    /// Holds `<name>` (cargo) or `<name>/bootstrap` (cargo lambda) for each function.
    pub(crate) functions: PathBuf,
    /// The same for the bare function.
    pub(crate) bare: PathBuf,
    pub(crate) variables: BTreeMap<String, String>,
}

/// The bare function.
pub(crate) const BARE: &str = "bare";

impl Deployment {
    pub(crate) fn binary(&self, name: &str) -> Result<PathBuf> {
        let folder = if name == BARE { &self.bare } else { &self.functions };
        let places = [folder.join(name).join("bootstrap"), folder.join(name)];
        let found = places.into_iter().find(|place| place.is_file());
        found.with_context(|| format!("{} has no {name}: `make bench` builds it", folder.display()))
    }

    /// The same deployment with some variables changed.
    pub(crate) fn with<const N: usize>(&self, variables: [(&str, &str); N]) -> Self {
        let mut other = self.clone();
        other.variables.extend(variables.map(|(name, value)| (name.to_owned(), value.to_owned())));
        other
    }

    /// Starts an instance, which is ready when it asks for an event.
    pub(crate) async fn start(&self, name: &str) -> Result<Instance> {
        Instance::start(name, &self.binary(name)?, &self.variables).await
    }
}

/// A running instance. Dropping it kills it.
pub(crate) struct Instance {
    name: String,
    child: Child,
    process: ProcessUsage,
    api: RuntimeApi,
    /// From the start of the process until it first asked for an event.
    pub(crate) init: Duration,
    invocations: u64,
}

/// The response of an invocation, and what it cost.
#[derive(Debug)]
pub(crate) struct InvocationResult {
    pub(crate) response: LambdaResponse,
    /// From sending the event until the whole response has arrived.
    pub(crate) duration: Duration,
    pub(crate) cpu: Duration,
}

impl InvocationResult {
    /// The body as JSON. Null when it is not JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.response.body).unwrap_or_default()
    }
}

impl Instance {
    async fn start(name: &str, binary: &Path, variables: &BTreeMap<String, String>) -> Result<Self> {
        let api = RuntimeApi::start().await?;
        let mut command = Command::new(binary);
        command.env_clear().envs(lambda_variables(name, &api.address)).envs(variables);
        command.stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true);
        let started = Instant::now();
        let child = command.spawn().with_context(|| format!("{} does not start", binary.display()))?;
        let process = ProcessUsage::from_id(child.id().context("the process has already ended")?);
        let mut instance = Self { name: name.to_owned(), child, process, api, init: Duration::ZERO, invocations: 0 };
        instance.init = instance.wait_until_idle().await?.duration_since(started);
        Ok(instance)
    }

    /// Waits until the instance asks for the next event, and returns when it did.
    async fn wait_until_idle(&mut self) -> Result<Instant> {
        let expected = self.invocations + 1;
        let polled = self.api.polls.wait_for(|polls| polls.count >= expected);
        let polls =
            timeout(TIMEOUT, polled).await.with_context(|| format!("{} does not request an invocation", self.name))?;
        Ok(polls?.at)
    }

    /// Invokes the instance, which runs nothing else.
    pub(crate) async fn invoke(&mut self, event: &Value) -> Result<InvocationResult> {
        self.invoke_within(event, TIMEOUT).await
    }

    /// Invokes the instance with a longer timeout.
    pub(crate) async fn invoke_within(&mut self, event: &Value, max_wait: Duration) -> Result<InvocationResult> {
        let event = event.to_string().into();
        self.wait_until_idle().await?;
        let (cpu, started) = (self.process.cpu()?, Instant::now());
        let ended = timeout(max_wait, self.api.invoke(event)).await;
        let ending = ended.with_context(|| format!("{} does not answer", self.name))??;
        self.invocations += 1;
        let Ok(body) = ending.answer else { bail!("{} failed: {:?}", self.name, ending.answer) };
        self.wait_until_idle().await?;
        tokio::time::sleep(IDLE_DELAY).await;
        Ok(InvocationResult {
            response: LambdaResponse::parse(&serde_json::from_slice(&body)?)?,
            duration: ending.at.duration_since(started),
            cpu: self.process.cpu()?.saturating_sub(cpu),
        })
    }

    /// Peak resident memory, in KiB.
    pub(crate) fn peak_memory(&self) -> Result<u64> {
        self.process.peak_memory()
    }

    /// Kills the process and waits for its end, so that it does not disturb the next measurement.
    pub(crate) async fn stop(mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }
}

/// The variables that Lambda sets. See
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime>.
fn lambda_variables(name: &str, runtime_api: &str) -> Vec<(&'static str, String)> {
    let mut variables = vec![
        ("AWS_LAMBDA_RUNTIME_API", runtime_api.to_owned()),
        ("AWS_LAMBDA_FUNCTION_NAME", name.to_owned()),
        ("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{name}")),
    ];
    let fixed = [
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "2026/01/01/[$LATEST]bench"),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "bench"),
        ("AWS_SECRET_ACCESS_KEY", "bench"),
        ("AWS_SESSION_TOKEN", "bench"),
        ("_HANDLER", "bootstrap"),
        ("LAMBDA_TASK_ROOT", "/var/task"),
        ("LANG", "en_US.UTF-8"),
        ("TZ", ":UTC"),
        ("PATH", "/usr/local/bin:/usr/bin:/bin"),
    ];
    variables.extend(fixed.map(|(name, value)| (name, value.to_owned())));
    variables
}
