//! The command line and the environment variables.

use std::path::PathBuf;

use anyhow::bail;
use clap::Parser;
use local::{DATA_DIR, Options, Ports, STAND_IN_KEY, StripeBackend};

/// All of Tuition on this machine: API, webhook, identity provider, Stripe, DynamoDB and the shop.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Args {
    /// Keep the state in memory; it is lost at exit.
    #[arg(long)]
    ephemeral: bool,
    /// The directory for the state.
    #[arg(long, value_name = "DIRECTORY", default_value = DATA_DIR, conflicts_with = "ephemeral")]
    data_dir: PathBuf,
    /// The catalog file; by default the project's catalog.yaml.
    #[arg(long, value_name = "FILE")]
    catalog: Option<PathBuf>,
    /// The directory with the shop's built files; by default the project's web/dist.
    #[arg(long, value_name = "DIRECTORY")]
    web_dir: Option<PathBuf>,
    #[command(flatten)]
    ports: Ports,
}

impl Args {
    /// The ports and the rest of the stack, with the environment's `STRIPE_SECRET_KEY`, `STRIPE_WEBHOOK_SECRET` and
    /// `AWS_ENDPOINT_URL_DYNAMODB`. All other variables reach the functions as they are.
    pub(crate) fn into_options(
        self,
        environment: impl Iterator<Item = (String, String)>,
    ) -> anyhow::Result<(Ports, Options)> {
        let mut options = Options::ephemeral();
        options.variables = environment.filter(|(_, value)| !value.is_empty()).collect();
        options.data_dir = (!self.ephemeral).then_some(self.data_dir);
        options.catalog = self.catalog.unwrap_or(options.catalog);
        options.web_dir = self.web_dir.unwrap_or(options.web_dir);
        let mut ports = self.ports;
        options.dynamodb_endpoint = options.variables.remove("AWS_ENDPOINT_URL_DYNAMODB");
        if options.dynamodb_endpoint.is_some() {
            // The default port may be in use, probably by that DynamoDB. Nothing uses our own then, so any free port
            // will do.
            ports.dynamodb = 0;
        }
        // The stand-in's key may still be in the shell's environment. It does not select Stripe itself.
        let secret_key = options.variables.get("STRIPE_SECRET_KEY").filter(|key| *key != STAND_IN_KEY);
        if let Some(secret_key) = secret_key.cloned() {
            let Some(webhook_secret) = options.variables.get("STRIPE_WEBHOOK_SECRET").cloned() else {
                bail!(listen_instructions(ports.webhook));
            };
            options.stripe =
                StripeBackend::Stripe { secret_key: secret_key.into(), webhook_secret: webhook_secret.into() };
            ports.stripe = 0;
        } else {
            // Variables for Stripe itself do not apply to the stand-in.
            options.variables.retain(|name, _| !name.starts_with("STRIPE_"));
        }
        Ok((ports, options))
    }
}

fn listen_instructions(webhook_port: u16) -> String {
    format!(
        "STRIPE_SECRET_KEY is set, so Stripe itself is used, and it needs STRIPE_WEBHOOK_SECRET to trust its events.\n\
         Get it with\n  stripe listen --print-secret\n\
         put it into .env, and keep this running beside the stack:\n  \
         stripe listen --forward-to http://127.0.0.1:{webhook_port}/"
    )
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use local::{Options, Ports, STAND_IN_KEY, StripeBackend};

    use super::Args;

    fn read(args: &[&str], environment: &[(&str, &str)]) -> anyhow::Result<(Ports, Options)> {
        let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Args::try_parse_from(["local"].iter().chain(args)).unwrap().into_options(environment)
    }

    #[test]
    fn the_stand_in_ignores_stripes_variables() {
        let (_, options) = read(&[], &[("STRIPE_WEBHOOK_SECRET", "whsec_x"), ("APP_ID", "school")]).unwrap();
        assert!(matches!(options.stripe, StripeBackend::StandIn));
        assert_eq!(options.variables.keys().collect::<Vec<_>>(), ["APP_ID"]);
    }

    #[test]
    fn the_stand_ins_key_selects_the_stand_in() {
        let left = [("STRIPE_SECRET_KEY", STAND_IN_KEY), ("STRIPE_API_BASE", "http://127.0.0.1:12111")];
        let (ports, options) = read(&[], &left).unwrap();
        assert!(matches!(options.stripe, StripeBackend::StandIn) && options.variables.is_empty());
        assert_eq!(ports.stripe, 12111);
    }

    #[test]
    fn stripes_own_api_needs_both_secrets() {
        let error = read(&["--webhook-port", "7"], &[("STRIPE_SECRET_KEY", "sk_test_1")]).unwrap_err().to_string();
        assert!(error.contains("stripe listen --forward-to http://127.0.0.1:7/"), "{error}");
        let both = [("STRIPE_SECRET_KEY", "sk_test_1"), ("STRIPE_WEBHOOK_SECRET", "whsec_x")];
        let (ports, options) = read(&[], &both).unwrap();
        assert!(matches!(options.stripe, StripeBackend::Stripe { .. }));
        assert_eq!(ports.stripe, 0);
    }

    #[test]
    fn an_external_dynamodb_needs_no_port() {
        let (ports, options) = read(&[], &[("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:8000")]).unwrap();
        assert_eq!((ports.dynamodb, options.dynamodb_endpoint.as_deref()), (0, Some("http://127.0.0.1:8000")));
    }

    #[test]
    fn ephemeral_has_no_data_directory() {
        assert!(read(&["--ephemeral"], &[]).unwrap().1.data_dir.is_none());
        assert!(read(&[], &[]).unwrap().1.data_dir.is_some());
    }
}
