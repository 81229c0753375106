"""A stack with a client for GPTs, which nobody calls: its sign-in domain, the client, and who may call the API."""

from ..check_context import CheckContext
from ..deployment import Deployment
from ..report import check, expect, expect_part

DOMAIN = "school-sign-in"
CALLBACKS = ["https://chatgpt.com/aip/g-1/oauth/callback", "https://chat.openai.com/aip/g-1/oauth/callback"]


def run(context: CheckContext) -> None:
    """Deploys what docs/chatgpt.md asks for, but for domains of one's own."""
    parameters = {
        "AppOrigins": "https://school.example",
        "SignInDomain": DOMAIN,
        "ChatGptCallbackUrls": ",".join(CALLBACKS),
    }
    school = context.deployment.other("school-with-gpt", parameters)
    with check("a stack with a client for GPTs deploys beside the others"):
        school.deploy(school.template())
    _client(school)
    _audiences(school)


def _client(school: Deployment) -> None:
    cognito, outputs = school.emulator.client("cognito-idp"), school.outputs()
    pool = outputs["JwtIssuer"].rsplit("/", 1)[1]
    with check("the client has a secret, and gets authorization codes at the GPTs' addresses only"):
        described = cognito.describe_user_pool_client(UserPoolId=pool, ClientId=outputs["ChatGptClientId"])
        client = described["UserPoolClient"]
        scopes = ["openid", "email", "profile"]
        expected = {"AllowedOAuthFlows": ["code"], "AllowedOAuthScopes": scopes, "CallbackURLs": CALLBACKS}
        expect_part(client, expected, "the client")
        expect(bool(client.get("ClientSecret")), True, "a secret")
    with check("learners sign in on pages that know codes in e-mails"):
        domain = cognito.describe_user_pool_domain(Domain=DOMAIN)["DomainDescription"]
        expect_part(domain, {"UserPoolId": pool, "ManagedLoginVersion": 2}, "the domain")
        endpoint = f"https://{DOMAIN}.auth.us-east-1.amazoncognito.com/oauth2"
        urls = {"ChatGptAuthorizationUrl": f"{endpoint}/authorize", "ChatGptTokenUrl": f"{endpoint}/token"}
        expect_part(outputs, urls, "the outputs")


def _audiences(school: Deployment) -> None:
    outputs = school.outputs()
    with check("the API takes the tokens of the frontend and of GPTs, and no others"):
        api = outputs["ApiUrl"].removeprefix("https://").split(".")[0]
        authorizers = school.emulator.client("apigatewayv2").get_authorizers(ApiId=api)["Items"]
        audiences = [authorizer["JwtConfiguration"]["Audience"] for authorizer in authorizers]
        expect(audiences, [[outputs["JwtAudience"], outputs["ChatGptClientId"]]], "the audiences")
