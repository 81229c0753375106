# sign in
TOKEN=$(curl -s {{ urls.identity }}/token --json '{"email":"ada@example.com"}' | sed 's/.*"id_token":"\([^"]*\)".*/\1/')
# begin a checkout
PAY=$(curl -s {{ urls.api }}/checkout/sessions -H "authorization: Bearer $TOKEN" --json '{"course_id":"{{ course }}","currency":"usd"}' | sed 's/.*"checkout_url":"\([^"]*\)".*/\1/')
# pay; the webhook needs a moment
curl -s -o /dev/null -w '%{http_code}\n' "$PAY" -d card_number=4242424242424242 -d exp=12/34 -d cvc=123; sleep 1
# the course is open, because of this payment
PAYMENT=$(curl -s {{ urls.api }}/courses/{{ course }}/access -H "authorization: Bearer $TOKEN" | tee /dev/stderr | sed 's/.*"source":"\([^"]*\)".*/\1/'); echo
# refund it, and the course is closed
curl -s -o /dev/null -w '%{http_code}\n' {{ urls.stripe }}/v1/refunds -u {{ key }}: -d payment_intent="$PAYMENT"; sleep 1; curl -s {{ urls.api }}/courses/{{ course }}/access -H "authorization: Bearer $TOKEN"; echo
