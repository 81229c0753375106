"""A second stack with the defaults, which nobody calls: its user pool, and what its roles may do."""

import json

from ..check_context import CheckContext
from ..deployment import Deployment
from ..emulator import ACCOUNT
from ..report import check, expect, expect_part

PARAMETER = f"arn:aws:ssm:us-east-1:{ACCOUNT}:parameter"
FUNCTIONS = ("Admin", "Billing", "Checkout", "Courses", "Entitlements", "Mcp", "Reconcile", "Webhook")


def _stream(function: str) -> str:
    return f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/lambda/school-{function.lower()}:log-stream:one"


# Who may do what: the role, the action, the resource, and whether it may.
MAY = [
    *((function, "logs:PutLogEvents", _stream(function), True) for function in FUNCTIONS),
    ("Courses", "logs:PutLogEvents", _stream("Webhook"), False),
    ("Courses", "logs:CreateLogGroup", _stream("Courses"), False),
    ("Checkout", "ssm:GetParameters", f"{PARAMETER}/tuition/stripe-secret-key", True),
    ("Checkout", "ssm:GetParameters", f"{PARAMETER}/tuition/stripe-webhook-secret", False),
    ("Webhook", "ssm:GetParameters", f"{PARAMETER}/tuition/stripe-secret-key", True),
    ("Webhook", "ssm:GetParameters", f"{PARAMETER}/tuition/stripe-webhook-secret", True),
    ("Webhook", "ssm:GetParameters", f"{PARAMETER}/somebody-else", False),
    ("Courses", "ssm:GetParameters", f"{PARAMETER}/tuition/stripe-secret-key", False),
    ("Courses", "dynamodb:Query", "table", True),
    ("Courses", "dynamodb:PutItem", "table", True),
    ("Courses", "dynamodb:UpdateItem", "table", False),
    ("Entitlements", "dynamodb:Query", "table", True),
    ("Entitlements", "dynamodb:UpdateItem", "table", True),
    ("Entitlements", "dynamodb:DeleteItem", "table", False),
    ("Checkout", "dynamodb:PutItem", "table", True),
    ("Checkout", "dynamodb:DeleteItem", "table", False),
    ("Checkout", "dynamodb:Query", f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/another", False),
    ("Mcp", "dynamodb:Query", "table", False),
    ("Mcp", "ssm:GetParameters", f"{PARAMETER}/tuition/stripe-secret-key", False),
    ("Webhook", "dynamodb:DeleteItem", "table", True),
    ("Admin", "dynamodb:Query", "index", True),
    ("Admin", "dynamodb:DeleteItem", "table", False),
    ("Admin", "ssm:GetParameters", f"{PARAMETER}/tuition/stripe-webhook-secret", False),
    ("Webhook", "dynamodb:Query", "index", True),
    ("Reconcile", "dynamodb:Query", "index", True),
    *((function, "dynamodb:Query", "index", False) for function in ("Billing", "Checkout", "Courses", "Entitlements")),
    ("Webhook", "dynamodb:DeleteTable", "table", False),
    ("Webhook", "dynamodb:Scan", "table", False),
]


def run(context: CheckContext) -> None:
    """Deploys a school that has no issuer of its own."""
    school = context.deployment.other("school", {"AppOrigins": "https://school.example"})
    with check("a stack without parameters but AppOrigins deploys beside the first"):
        school.deploy(school.template())
    _user_pool(school)
    _roles(school)
    _function_url(school)


def _user_pool(school: Deployment) -> None:
    cognito, outputs = school.emulator.client("cognito-idp"), school.outputs()
    pool = outputs["JwtIssuer"].rsplit("/", 1)[1]
    with check("it has a user pool that signs in by codes in e-mails"):
        made = cognito.describe_user_pool(UserPoolId=pool)["UserPool"]
        expect_part(made, {"UserPoolTier": "ESSENTIALS", "UsernameAttributes": ["email"]}, "the pool")
        expect("EMAIL_OTP" in made["Policies"]["SignInPolicy"]["AllowedFirstAuthFactors"], True, "codes in e-mails")
        client = cognito.describe_user_pool_client(UserPoolId=pool, ClientId=outputs["JwtAudience"])["UserPoolClient"]
        expect("ALLOW_USER_AUTH" in client["ExplicitAuthFlows"], True, "the client's flows")


def _roles(school: Deployment) -> None:
    iam, table = school.emulator.client("iam"), f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/{school.outputs()['TableName']}"
    with check("each role may do what its function does, and no more"):
        for function, action, resource, may in MAY:
            arn = {"table": table, "index": f"{table}/index/operators"}.get(resource, resource)
            answer = iam.simulate_principal_policy(
                PolicySourceArn=school.role(f"{function}Role"), ActionNames=[action], ResourceArns=[arn]
            )
            decision = answer["EvaluationResults"][0]["EvalDecision"]
            expect(decision == "allowed", may, f"{function} may {action} on {arn}")


def _function_url(school: Deployment) -> None:
    # https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html: both, since October 2025.
    with check("the function URL is public by both of the permissions that AWS asks for"):
        policy = school.emulator.client("lambda").get_policy(FunctionName=f"{school.name}-webhook")["Policy"]
        actions = sorted(statement["Action"] for statement in json.loads(policy)["Statement"])
        expect(actions, ["lambda:InvokeFunction", "lambda:InvokeFunctionUrl"], "the actions")
