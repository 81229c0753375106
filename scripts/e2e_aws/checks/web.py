"""The shop: `make deploy-web` beside an API with sign-in pages, and what is in its bucket and at CloudFront afterwards."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from ..check_context import CheckContext
from ..deployment import Deployment
from ..processes import ROOT
from ..report import check, expect, expect_part

SIGN_IN = "school-shop-sign-in"
SIGN_IN_URL = f"https://{SIGN_IN}.auth.us-east-1.amazoncognito.com"
SHOP = "https://school.example"
OTHER = "http://localhost:5173"
CERTIFICATE = "arn:aws:acm:us-east-1:000000000000:certificate/school"
ARGUMENTS = [
    "--brand-name=Ada's School",
    "--stripe-publishable-key=pk_test_school",
    "--domain=school.example",
    f"--certificate-arn={CERTIFICATE}",
]
FOR_GOOD, ASK_AGAIN = "public, max-age=31536000, immutable", "no-cache"


def run(context: CheckContext) -> None:
    """Beside the other stacks."""
    check_shop(context.deployment)


def check_shop(deployment: Deployment) -> None:
    """Deploys an API with sign-in pages, and a shop for it."""
    parameters = {"AppOrigins": f"{SHOP},{OTHER}", "SignInDomain": SIGN_IN}
    school = deployment.other("school-with-shop", parameters)
    with check("a stack with sign-in pages deploys"):
        school.deploy(school.template())
    _client(school)
    with tempfile.TemporaryDirectory(prefix="tuition-shop-") as directory:
        _shop(school, Path(directory))


def _client(school: Deployment) -> None:
    cognito, outputs = school.emulator.client("cognito-idp"), school.outputs()
    pool = outputs["JwtIssuer"].rsplit("/", 1)[1]
    with check("the shop may sign in by authorization code, and comes back to each of AppOrigins"):
        described = cognito.describe_user_pool_client(UserPoolId=pool, ClientId=outputs["JwtAudience"])
        expected = {
            "AllowedOAuthFlowsUserPoolClient": True,
            "AllowedOAuthFlows": ["code"],
            "AllowedOAuthScopes": ["openid", "email"],
            "CallbackURLs": [f"{SHOP}/signed-in", f"{OTHER}/signed-in"],
            "LogoutURLs": [f"{SHOP}/signed-out", f"{OTHER}/signed-out"],
            "SupportedIdentityProviders": ["COGNITO"],
        }
        expect_part(described["UserPoolClient"], expected, "the client")
        expect(described["UserPoolClient"].get("ClientSecret"), None, "a secret")
        expect(outputs["SignInUrl"], SIGN_IN_URL, "the output SignInUrl")


def _shop(school: Deployment, directory: Path) -> None:
    settings = directory / "samconfig.toml"
    settings.write_text('version = 0.1\n\n[default.deploy.parameters]\nstack_name = "school-with-shop"\n')
    with check("a dry run shows everything and changes nothing"):
        shown = _deploy_web(school, _built(directory, "1"), settings, "--dry-run", *ARGUMENTS)
        expect([part in shown for part in ("sam deploy", '"api_url"', "assets/index-1.js", "no-cache")], [True] * 4, shown)
        stacks = school.emulator.client("cloudformation").describe_stacks()["Stacks"]
        expect([stack["StackName"] for stack in stacks if stack["StackName"].endswith("-web")], [], "the shop's stacks")
    with check("a secret key is refused, and not shown"):
        refused = _run_deploy_web(school, _built(directory, "1"), settings, *ARGUMENTS, "--stripe-publishable-key=sk_test_1")
        said = refused.stdout + refused.stderr
        expect((refused.returncode, "pk_test_" in said, "sk_test_1" in said), (1, True, False), said)
    with check("make deploy-web deploys the stack, and uploads every file with its type and cache rule"):
        _deploy_web(school, _built(directory, "1"), settings, *ARGUMENTS)
        files = _files(school)
        javascript, html = "text/javascript; charset=utf-8", "text/html; charset=utf-8"
        expected = {
            "assets/index-1.js": (javascript, FOR_GOOD),
            "config.json": ("application/json", ASK_AGAIN),
            "icon.svg": ("image/svg+xml", ASK_AGAIN),
            "index.html": (html, ASK_AGAIN),
        }
        expect(files, expected, "the bucket")
    _config(school)
    _bucket(school)
    _distribution(school)
    with check("the next build needs no arguments, leaves the old assets to pages that are open, and only pages are invalidated"):
        _deploy_web(school, _built(directory, "2"), settings)
        expect(sorted(_files(school)), sorted([*expected, "assets/index-2.js"]), "the bucket")
        expect(_read(school, "index.html"), b'<script src="/assets/index-2.js">', "index.html")
        cloudfront, distribution = school.emulator.client("cloudfront"), _outputs(school)["DistributionId"]
        made = cloudfront.list_invalidations(DistributionId=distribution)["InvalidationList"]["Items"]
        batches = [
            cloudfront.get_invalidation(DistributionId=distribution, Id=one["Id"])["Invalidation"]["InvalidationBatch"]
            for one in made
        ]
        expect([batch["Paths"]["Items"] for batch in batches], [["/index.html", "/config.json"]] * 2, "invalidations")
    with check("without the domain again, the shop is at CloudFront's, and the operator hears that the API does not know it"):
        said = _deploy_web(school, _built(directory, "2"), settings, "--domain=", "--certificate-arn=")
        url = _outputs(school)["ShopUrl"]
        expect((url.endswith(".cloudfront.net"), f"Answer AppOrigins with {url},{SHOP},{OTHER}" in said), (True, True), said)


def _config(school: Deployment) -> None:
    with check("config.json is the API's stack, with the brand and the publishable key"):
        outputs = school.outputs()
        expected = {
            "api_url": outputs["ApiUrl"],
            "issuer": outputs["JwtIssuer"],
            "client_id": outputs["JwtAudience"],
            "brand": {"name": "Ada's School", "color": "#3d4eac"},
            "stripe_publishable_key": "pk_test_school",
            "practice_meter": None,
        }
        expect(json.loads(_read(school, "config.json")), expected, "config.json")


def _bucket(school: Deployment) -> None:
    s3, bucket = school.emulator.client("s3"), _outputs(school)["BucketName"]
    with check("nobody but this distribution reads the bucket"):
        blocked = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
        expect(set(blocked.values()), {True}, "the block of public access")
        statements = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"]
        allowed = [statement for statement in statements if statement["Effect"] == "Allow"]
        arn = f"arn:aws:cloudfront::000000000000:distribution/{_outputs(school)['DistributionId']}"
        expect({one["Principal"]["Service"] for one in allowed}, {"cloudfront.amazonaws.com"}, "who may read")
        expect({one["Condition"]["StringEquals"]["AWS:SourceArn"] for one in allowed}, {arn}, "for which distribution")


def _distribution(school: Deployment) -> None:
    cloudfront, outputs = school.emulator.client("cloudfront"), _outputs(school)
    config = cloudfront.get_distribution_config(Id=outputs["DistributionId"])["DistributionConfig"]
    with check("CloudFront serves the domain with TLS 1.2, HTTP/3, compression and the function for pages"):
        expect((config["Aliases"]["Items"], config["HttpVersion"]), (["school.example"], "http2and3"), "domain and protocol")
        expect_part(
            config["ViewerCertificate"], {"ACMCertificateArn": CERTIFICATE, "MinimumProtocolVersion": "TLSv1.2_2021"}, "TLS"
        )
        behavior = config["DefaultCacheBehavior"]
        expect_part(behavior, {"ViewerProtocolPolicy": "redirect-to-https", "Compress": True}, "the behavior")
        events = [one["EventType"] for one in behavior["FunctionAssociations"]["Items"]]
        expect(events, ["viewer-request"], "the function's event")
        expect(bool(config["Origins"]["Items"][0]["OriginAccessControlId"]), True, "the origin access control")
        # AWS says that there are none, the emulator says nothing.
        logs = config.get("Logging", {}).get("Enabled", False)
        expect((logs, outputs["ShopUrl"]), (False, SHOP), "logs and the output ShopUrl")
    with check("the policy lets pages call the API, the issuer, the token endpoint and Stripe, and nobody else"):
        policy = cloudfront.get_response_headers_policy(Id=behavior["ResponseHeadersPolicyId"])["ResponseHeadersPolicy"]
        headers = policy["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
        csp = headers["ContentSecurityPolicy"]["ContentSecurityPolicy"]
        connect = next(part.split() for part in csp.split("; ") if part.startswith("connect-src"))
        issuer = "https://cognito-idp.us-east-1.amazonaws.com"
        api = school.outputs()["ApiUrl"]
        expect(connect, ["connect-src", "'self'", api, issuer, SIGN_IN_URL, "https://api.stripe.com"], "whom it may call")
        expect(headers["StrictTransportSecurity"]["AccessControlMaxAgeSec"], 31536000, "HSTS")


def _built(directory: Path, build: str) -> Path:
    """Files as Vite names them, so that nothing has to be built."""
    built = directory / build
    (built / "assets").mkdir(parents=True, exist_ok=True)
    (built / f"assets/index-{build}.js").write_text("start()")
    (built / "icon.svg").write_text("<svg/>")
    (built / "index.html").write_text(f'<script src="/assets/index-{build}.js">')
    return built


def _deploy_web(school: Deployment, dist: Path, settings: Path, *arguments: str) -> str:
    done = _run_deploy_web(school, dist, settings, *arguments)
    if done.returncode != 0:
        raise RuntimeError(f"make deploy-web ended with {done.returncode}:\n{done.stdout[-3000:]}\n{done.stderr}")
    return done.stdout


def _run_deploy_web(school: Deployment, dist: Path, settings: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = school.emulator.environment | {"PYTHONPATH": str(ROOT / "scripts")}
    command = [sys.executable, "-B", "-m", "deploy_web", f"--dist={dist}", f"--config-file={settings}", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=180, check=False)


def _outputs(school: Deployment) -> dict[str, str]:
    stack = school.emulator.client("cloudformation").describe_stacks(StackName="school-with-shop-web")["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def _files(school: Deployment) -> dict[str, tuple[str, str]]:
    s3, bucket = school.emulator.client("s3"), _outputs(school)["BucketName"]
    heads: dict[str, Any] = {
        item["Key"]: s3.head_object(Bucket=bucket, Key=item["Key"]) for item in s3.list_objects_v2(Bucket=bucket)["Contents"]
    }
    return {key: (head["ContentType"], head["CacheControl"]) for key, head in heads.items()}


def _read(school: Deployment, key: str) -> bytes:
    return school.emulator.client("s3").get_object(Bucket=_outputs(school)["BucketName"], Key=key)["Body"].read()
