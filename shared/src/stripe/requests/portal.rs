//! Stripe's customer portal: what learners may do there, and a visit to it.
//! See <https://docs.stripe.com/customer-management>.

use std::collections::HashMap;

use serde::Serialize;
use stripe_billing::BillingPortalConfiguration;
use stripe_billing::billing_portal_configuration::ListBillingPortalConfiguration;
use stripe_billing::billing_portal_session::{
    CreateBillingPortalSession, CreateBillingPortalSessionFlowData,
    CreateBillingPortalSessionFlowDataAfterCompletion as AfterCompletion,
    CreateBillingPortalSessionFlowDataAfterCompletionRedirect as Redirect,
    CreateBillingPortalSessionFlowDataAfterCompletionType as AfterCompletionType,
    CreateBillingPortalSessionFlowDataType as FlowType,
};
use stripe_client_core::{RequestBuilder, StripeMethod, StripeRequest};

use super::mutation::Mutation;
use super::page_size::MAX_PAGE_SIZE;
use crate::domain::{AppId, CustomerId};
use crate::stripe::client::StripeClient;
use crate::stripe::error::StripeError;
use crate::stripe::metadata::app_metadata;

/// A visit to Stripe's customer portal.
#[derive(Debug, Clone, Copy)]
pub struct NewPortalSession<'a> {
    /// Whose.
    pub customer: &'a CustomerId,
    /// What may be done there.
    pub configuration: &'a str,
    /// Where its way back leads.
    pub return_url: &'a str,
    /// Straight to one thing; `None` is the portal's first page.
    pub flow: Option<PortalFlow>,
}

/// One thing to do in the portal. See <https://docs.stripe.com/customer-management/portal-deep-links>.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PortalFlow {
    /// Another way to pay.
    PaymentMethodUpdate,
}

/// Opens the portal: its URL, which has to be visited within minutes.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn create_portal_session(
    stripe: &StripeClient,
    new: &NewPortalSession<'_>,
    key: &str,
) -> Result<String, StripeError> {
    let request = CreateBillingPortalSession::new().customer(new.customer.as_str());
    let mut request = request.configuration(new.configuration).return_url(new.return_url);
    if let Some(PortalFlow::PaymentMethodUpdate) = new.flow {
        let redirect = AfterCompletion {
            redirect: Some(Redirect::new(new.return_url)),
            ..AfterCompletion::new(AfterCompletionType::Redirect)
        };
        let flow = CreateBillingPortalSessionFlowData {
            after_completion: Some(redirect),
            ..CreateBillingPortalSessionFlowData::new(FlowType::PaymentMethodUpdate)
        };
        request = request.flow_data(flow);
    }
    Ok(Mutation::new(stripe, key).send(request).await?.url)
}

/// This installation's configuration of the portal; it is made when there is none.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn find_or_create_portal_configuration(stripe: &StripeClient, app: &AppId) -> Result<String, StripeError> {
    match find_configuration(stripe, app).await? {
        Some(known) => Ok(known),
        None => create_configuration(stripe, app).await,
    }
}

/// Makes this installation's configuration of the portal what we want it to be: its id.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn configure_portal(stripe: &StripeClient, app: &AppId, key: &str) -> Result<String, StripeError> {
    let Some(known) = find_configuration(stripe, app).await? else { return create_configuration(stripe, app).await };
    Mutation::new(stripe, key).send(PortalConfigurationRequest { id: Some(&known), app }).await?;
    Ok(known)
}

async fn find_configuration(stripe: &StripeClient, app: &AppId) -> Result<Option<String>, StripeError> {
    let list = ListBillingPortalConfiguration::new().active(true).limit(MAX_PAGE_SIZE).send(stripe).await?;
    let ours = app_metadata(app);
    let is_ours = |configuration: &BillingPortalConfiguration| {
        let metadata = configuration.metadata.as_ref();
        metadata.is_some_and(|metadata| ours.iter().all(|(name, value)| metadata.get(name) == Some(value)))
    };
    Ok(list.data.into_iter().find(is_ours).map(|configuration| configuration.id.to_string()))
}

async fn create_configuration(stripe: &StripeClient, app: &AppId) -> Result<String, StripeError> {
    let key = format!("{app}:portal-configuration");
    // One that was made in vain is found by the next list.
    Ok(Mutation::new(stripe, &key).send(PortalConfigurationRequest { id: None, app }).await?.id.to_string())
}

/// Pay otherwise, see invoices, cancel with the period. Plans are changed by our own rules only.
struct PortalConfigurationRequest<'a> {
    /// An existing one; `None` makes one.
    id: Option<&'a str>,
    app: &'a AppId,
}

#[derive(Serialize)]
struct Features {
    customer_update: Enabled,
    invoice_history: Enabled,
    payment_method_update: Enabled,
    subscription_cancel: Cancel,
    subscription_update: Enabled,
}

#[derive(Serialize)]
struct Enabled {
    enabled: bool,
}

#[derive(Serialize)]
struct Cancel {
    enabled: bool,
    mode: &'static str,
}

impl StripeRequest for PortalConfigurationRequest<'_> {
    type Output = BillingPortalConfiguration;

    fn build(&self) -> RequestBuilder {
        #[derive(Serialize)]
        struct Form {
            features: Features,
            metadata: HashMap<String, String>,
        }
        let features = Features {
            customer_update: Enabled { enabled: false },
            invoice_history: Enabled { enabled: true },
            payment_method_update: Enabled { enabled: true },
            subscription_cancel: Cancel { enabled: true, mode: "at_period_end" },
            subscription_update: Enabled { enabled: false },
        };
        let path = match self.id {
            Some(id) => format!("/billing_portal/configurations/{id}"),
            None => "/billing_portal/configurations".to_owned(),
        };
        let form = Form { features, metadata: app_metadata(self.app) };
        RequestBuilder::new(StripeMethod::Post, path).form(&form)
    }
}
