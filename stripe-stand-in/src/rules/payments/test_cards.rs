//! Stripe's test cards (<https://docs.stripe.com/testing>) and their behavior.

use crate::values::error::ApiError;

/// What happens when a card is charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CardBehavior {
    /// The payment succeeds.
    Pays,
    /// The issuer declines.
    Declines(&'static Decline),
    /// The payment needs 3-D Secure first, and then succeeds.
    Authenticates,
    /// The payment succeeds and is disputed immediately.
    Disputed(CardDispute),
    /// The payment succeeds. A refund succeeds at first and fails later.
    RefundFailsLater,
    /// The payment succeeds. A refund stays pending until a test action settles it.
    RefundPends,
}

/// The dispute of a disputing test card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CardDispute {
    /// A chargeback as `fraudulent`.
    Fraudulent,
    /// A chargeback as `product_not_received`.
    NotReceived,
    /// An inquiry, which moves no money unless it escalates.
    Inquiry,
}

/// Why a card is declined (<https://docs.stripe.com/declines/codes>).
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Decline {
    pub(crate) code: &'static str,
    pub(crate) decline_code: Option<&'static str>,
    pub(crate) message: &'static str,
}

impl Decline {
    const fn card_declined(decline_code: &'static str, message: &'static str) -> Decline {
        Decline { code: "card_declined", decline_code: Some(decline_code), message }
    }

    const fn with_own_code(code: &'static str, message: &'static str) -> Decline {
        Decline { code, decline_code: Some(code), message }
    }

    /// The API error of this decline.
    pub(crate) fn to_api_error(&self) -> ApiError {
        ApiError::card_error(self.code, self.decline_code, self.message)
    }
}

const DECLINED: &str = "Your card was declined.";

static GENERIC_DECLINE: Decline = Decline::card_declined("generic_decline", DECLINED);

static INSUFFICIENT_FUNDS: Decline = Decline::card_declined("insufficient_funds", "Your card has insufficient funds.");

static LOST_CARD: Decline = Decline::card_declined("lost_card", DECLINED);

static STOLEN_CARD: Decline = Decline::card_declined("stolen_card", DECLINED);

static EXPIRED_CARD: Decline = Decline::with_own_code("expired_card", "Your card has expired.");

static WRONG_CVC: Decline = Decline::with_own_code("incorrect_cvc", "Your card's security code is incorrect.");

static PROCESSING_ERROR: Decline = Decline::with_own_code(
    "processing_error",
    "An error occurred while processing your card. Try again in a little bit.",
);

/// A test card: its number, the names of its tokens (`pm_card_<name>`, `tok_<name>`), and its behavior.
#[derive(Debug)]
pub(crate) struct TestCard {
    number: &'static str,
    pub(crate) brand: &'static str,
    names: &'static [&'static str],
    pub(crate) behavior: CardBehavior,
}

impl TestCard {
    const fn visa(number: &'static str, names: &'static [&'static str], behavior: CardBehavior) -> TestCard {
        TestCard { number, brand: "visa", names, behavior }
    }

    /// The last four digits.
    pub(crate) fn last4(&self) -> &'static str {
        &self.number[self.number.len() - 4..]
    }

    /// After one authentication, later payments need none.
    pub(crate) fn authenticates_once(&self) -> bool {
        self.name() == "authenticationRequiredOnSetup"
    }

    /// Whether the card can be saved for later payments. Issuers refuse this for most cards that decline.
    pub(crate) fn check_attachable(&self) -> Result<(), ApiError> {
        match self.behavior {
            CardBehavior::Declines(decline) if self.name() != "chargeCustomerFail" => Err(decline.to_api_error()),
            _ => Ok(()),
        }
    }

    /// The name that stored payment methods contain instead of the card number.
    pub(crate) fn name(&self) -> &'static str {
        self.names.first().copied().unwrap_or_default()
    }
}

static CARDS: &[TestCard] = &[
    TestCard::visa("4242424242424242", &["visa"], CardBehavior::Pays),
    TestCard::visa("4000056655665556", &["visa_debit"], CardBehavior::Pays),
    TestCard::visa("4000000000000077", &["bypassPending"], CardBehavior::Pays),
    TestCard { number: "5555555555554444", brand: "mastercard", names: &["mastercard"], behavior: CardBehavior::Pays },
    TestCard { number: "378282246310005", brand: "amex", names: &["amex"], behavior: CardBehavior::Pays },
    TestCard { number: "6011111111111117", brand: "discover", names: &["discover"], behavior: CardBehavior::Pays },
    TestCard::visa(
        "4000000000000002",
        &["chargeDeclined", "visa_chargeDeclined"],
        CardBehavior::Declines(&GENERIC_DECLINE),
    ),
    TestCard::visa("4000000000000341", &["chargeCustomerFail"], CardBehavior::Declines(&GENERIC_DECLINE)),
    TestCard::visa(
        "4000000000009995",
        &["chargeDeclinedInsufficientFunds", "visa_chargeDeclinedInsufficientFunds"],
        CardBehavior::Declines(&INSUFFICIENT_FUNDS),
    ),
    TestCard::visa("4000000000009987", &["visa_chargeDeclinedLostCard"], CardBehavior::Declines(&LOST_CARD)),
    TestCard::visa("4000000000009979", &["visa_chargeDeclinedStolenCard"], CardBehavior::Declines(&STOLEN_CARD)),
    TestCard::visa("4000000000000069", &["chargeDeclinedExpiredCard"], CardBehavior::Declines(&EXPIRED_CARD)),
    TestCard::visa("4000000000000127", &["chargeDeclinedIncorrectCvc"], CardBehavior::Declines(&WRONG_CVC)),
    TestCard::visa("4000000000000119", &["chargeDeclinedProcessingError"], CardBehavior::Declines(&PROCESSING_ERROR)),
    TestCard::visa("4000002500003155", &["authenticationRequiredOnSetup"], CardBehavior::Authenticates),
    TestCard::visa("4000000000003220", &["threeDSecure2Required", "threeDSecureRequired"], CardBehavior::Authenticates),
    TestCard::visa("4000002760003184", &["authenticationRequired"], CardBehavior::Authenticates),
    TestCard::visa("4000000000000259", &["createDispute"], CardBehavior::Disputed(CardDispute::Fraudulent)),
    TestCard::visa(
        "4000000000002685",
        &["createDisputeProductNotReceived"],
        CardBehavior::Disputed(CardDispute::NotReceived),
    ),
    TestCard::visa("4000000000001976", &["createDisputeInquiry"], CardBehavior::Disputed(CardDispute::Inquiry)),
    TestCard::visa("4000000000005126", &["refundFail"], CardBehavior::RefundFailsLater),
    TestCard::visa("4000000000007726", &["pendingRefund"], CardBehavior::RefundPends),
];

/// Finds a card by the name of its token, such as `visa` for `pm_card_visa` and `tok_visa`.
pub(crate) fn by_token_name(name: &str) -> Option<&'static TestCard> {
    CARDS.iter().find(|card| card.names.contains(&name))
}

/// Finds a card by its number. Errors are Stripe's: invalid digits, or a real card in test mode.
pub(crate) fn by_number(number: &str) -> Result<&'static TestCard, ApiError> {
    let digits: String = number.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    if let Some(card) = CARDS.iter().find(|card| card.number == digits) {
        return Ok(card);
    }
    if !(12..=19).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(ApiError::card_error("invalid_number", None, "Your card number is invalid.").with_param("number"));
    }
    if !passes_luhn(&digits) {
        return Err(
            ApiError::card_error("incorrect_number", None, "Your card number is incorrect.").with_param("number")
        );
    }
    let message = "Your card was declined. Your request was in test mode, but used a non test (live) card. For a \
        list of valid test cards, visit: https://stripe.com/docs/testing.";
    Err(ApiError::card_error("card_declined", Some("test_mode_live_card"), message))
}

/// Checks the check digit of a card number (<https://en.wikipedia.org/wiki/Luhn_algorithm>).
fn passes_luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, byte)| match u32::from(byte - b'0') {
            digit if place % 2 == 0 => digit,
            digit if digit > 4 => digit * 2 - 9,
            digit => digit * 2,
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_test_card_has_a_valid_number_and_its_own_name() {
        for card in CARDS {
            assert!(passes_luhn(card.number), "{}", card.name());
            assert_eq!(by_token_name(card.name()).map(TestCard::last4), Some(card.last4()));
        }
    }

    #[test]
    fn card_numbers_are_parsed() {
        let cases = [
            ("4242 4242 4242 4242", Ok("visa")),
            ("4000-0000-0000-9995", Ok("chargeDeclinedInsufficientFunds")),
            ("4242424242424241", Err("incorrect_number")),
            ("4111111111111111", Err("card_declined")),
            ("12", Err("invalid_number")),
            ("4242x24242424242", Err("invalid_number")),
            ("", Err("invalid_number")),
        ];
        for (number, expected) in cases {
            let found = by_number(number).map(TestCard::name).map_err(|api_error| api_error.code.unwrap());
            assert_eq!(found, expected, "{number}");
        }
    }
}
