//! The baseline of store calls: only the calls that a task needs, made with the bare AWS SDK. They run on a thread
//! with a single-threaded runtime, as in a function.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::TransactWriteItem;
use tokio::sync::{mpsc, oneshot};

use crate::table::{TABLE, text};

/// The thread that makes the bare calls.
pub(crate) struct Baseline {
    requests: mpsc::UnboundedSender<(BareCalls, oneshot::Sender<Result<Duration>>)>,
}

/// Which calls to make.
#[derive(Debug)]
enum BareCalls {
    /// One Query of a learner's facts.
    Query { table: String, user: String },
    /// One Query of a learner's facts and one transaction.
    QueryAndWrite { user: String, write: Vec<TransactWriteItem>, is_repeated: bool },
}

impl Baseline {
    /// Starts the thread with a client for the DynamoDB at `url`.
    pub(crate) fn start(url: &str) -> Result<Self> {
        let mut sdk = local::sdk_config(url).into_builder();
        // The SDK's own HTTP client: the baseline must not use our code.
        sdk.set_http_client(None);
        let sdk = sdk.build();
        let (requests, mut received) = mpsc::unbounded_channel::<(BareCalls, oneshot::Sender<Result<Duration>>)>();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        std::thread::spawn(move || {
            runtime.block_on(async {
                let client = Client::new(&sdk);
                while let Some((calls, reply_sender)) = received.recv().await {
                    // The caller may have gone.
                    let _ = reply_sender.send(measure(&client, calls).await);
                }
            });
        });
        Ok(Self { requests })
    }

    /// How long one Query of the learner's facts takes.
    pub(crate) async fn query(&self, table: &str, user: &str) -> Result<Duration> {
        self.run(BareCalls::Query { table: table.to_owned(), user: user.to_owned() }).await
    }

    /// How long a Query of the learner's facts and this transaction take. A repeated transaction must be canceled by
    /// the conditions of the first one; any other must succeed.
    pub(crate) async fn query_and_write(
        &self,
        user: &str,
        write: Vec<TransactWriteItem>,
        is_repeated: bool,
    ) -> Result<Duration> {
        self.run(BareCalls::QueryAndWrite { user: user.to_owned(), write, is_repeated }).await
    }

    async fn run(&self, calls: BareCalls) -> Result<Duration> {
        let (reply_sender, reply) = oneshot::channel();
        self.requests.send((calls, reply_sender)).ok().context("the thread of the bare calls has ended")?;
        reply.await?
    }
}

async fn measure(client: &Client, calls: BareCalls) -> Result<Duration> {
    let started = Instant::now();
    match calls {
        BareCalls::Query { table, user } => query(client, &table, &user).await?,
        BareCalls::QueryAndWrite { user, write, is_repeated } => {
            query(client, TABLE, &user).await?;
            let written = client.transact_write_items().set_transact_items(Some(write)).send().await;
            let is_cancelled = written.as_ref().is_err_and(|error| {
                error.as_service_error().is_some_and(|error| error.is_transaction_canceled_exception())
            });
            ensure!(
                is_cancelled == is_repeated && (is_cancelled || written.is_ok()),
                "the bare transaction: {written:?}"
            );
        }
    }
    Ok(started.elapsed())
}

async fn query(client: &Client, table: &str, user: &str) -> Result<()> {
    let query = client
        .query()
        .table_name(table)
        .consistent_read(true)
        .key_condition_expression("#pk = :pk AND begins_with(#sk, :access)")
        .expression_attribute_names("#pk", "PK")
        .expression_attribute_names("#sk", "SK")
        .expression_attribute_values(":pk", text(format!("USER#{user}")))
        .expression_attribute_values(":access", text("ACCESS#"));
    query.send().await?;
    Ok(())
}
