# shellcheck shell=bash
# The whole life of the document: everything that a sender does with invoices, through the edge.

run=$(openssl rand -hex 4)
owner=owner.$run@tour.test
payer=payer.$run@tour.test
password='a long sentence that nobody guesses'
# In thirty days by the clock of the instance, which a test may have moved.
due=$(date -u -d "@$(($(date +%s) + $(cat "$DUELY_HOME/clock" 2>/dev/null || echo 0) + 30 * 86400))" +%F)

is() { test "$(field "$1")" = "$2"; } # FILTER VALUE: what the last answer says

# card NUMBER: what a browser gets from the gateway for a card; its name is in CARD.
card() {
    ask 200 GET /v1/pay/config
    CARD=$(curl -sS "$(field .gateway_url)/v1/payment_methods" -d "key=$(field .publishable_key)" -d type=card \
        -d "card[number]=$1" -d 'card[exp_month]=12' -d 'card[exp_year]=2031' -d 'card[cvc]=123' | jq -r .id)
}

# issue MEMBERS: an issued invoice of this customer; its id is in INVOICE.
issue() {
    ask 201 POST /v1/invoices "{\"customer_id\":\"$customer\",\"due_date\":\"$due\",$1}" "$admin"
    INVOICE=$(field .id)
    ask 200 POST "/v1/invoices/$INVOICE/finalize" '' "$admin"
}

step "A sender, and a customer with everything that an invoice needs"
ask 201 POST /v1/sign-up "$(jq -nc --arg e "$owner" --arg p "$password" '{email:$e,password:$p,name:"Olga Owner",
    organization:{name:"Tour",currency:"USD",zone:"Europe/Paris",invoice_prefix:"TO"}}')"
mail "$owner" /verifications/
ask 200 POST /v1/verifications "{\"token\":\"${LINK##*/}\"}"
ask 200 POST /v1/sessions "$(jq -nc --arg e "$owner" --arg p "$password" '{email:$e,password:$p}')"
admin=$(field .access_token)
soon 200 GET /v1/customers '' "$admin"
ask 201 POST /v1/customers "{\"name\":\"Payer & Sons\",\"email\":\"$payer\",\"payment_terms_days\":14,\"external_id\":\"crm-$run\"}" "$admin"
customer=$(field .id)
ask 200 GET "/v1/customers?q=payer" '' "$admin"
must "the customer is found by its name" is '.[0].id' "$customer"

step "The requests of the invoice document, as they are written there"
ask 201 POST /v1/invoices "{\"customer_id\":\"$customer\",\"due_date\":\"2030-01-01T00:00:00Z\",
    \"line_items\":[{\"description\":\"API usage\",\"amount\":50,\"quantity\":2}]}" "$admin"
must "a draft over 100 in the sender's currency" is '[.status, .amount_due, .currency] | join(" ")' 'draft 100 usd'
first=$(field .id)
ask 200 POST "/v1/invoices/$first/finalize" '' "$admin"
ask 200 GET "/v1/invoices/$first" '' "$admin"
must "its line adds up" is '[.line_items[0].amount, .line_items[0].quantity, .line_items[0].total] | join(" ")' '50 2 100'
ask 200 PUT "/v1/invoices/$first/payment" '{"amount_paid":40}' "$admin"
must "a part is paid" is '[.amount_paid, .amount_due] | join(" ")' '40 60'
ask 200 PUT "/v1/invoices/$first/payment" '{"amount_paid":100}' "$admin"
must "it is paid" is '[.status, .amount_due, .amount_paid] | join(" ")' 'paid 0 100'
ask 409 PUT "/v1/invoices/$first/payment" '{"amount_paid":10}' "$admin"
issue '"amount":7,"title":"A mistake"'
ask 200 POST "/v1/invoices/$INVOICE/void" '' "$admin"
must "it is voided" is .status voided
ask 409 POST "/v1/invoices/$INVOICE/void" '' "$admin"
ask 200 GET "/v1/invoices?customer_id=$customer&status=paid" '' "$admin"
must "the list is filtered" is '[.[] | .id] | join(" ")' "$first"
ask 422 POST /v1/invoices '{"line_items":[{"description":"API usage","amount":50,"quantity":2}]}' "$admin"
must "what is missing is named" is '[.errors[].field] | sort | join(" ")' 'customer_id due_date'
ask 422 POST /v1/invoices "{\"customer_id\":\"$customer\",\"due_date\":\"$due\",\"amount\":\"1.005\"}" "$admin"
ask 422 POST /v1/invoices "{\"customer_id\":\"$customer\",\"due_date\":\"$due\",\"amount\":1,\"currency\":\"xyz\"}" "$admin"

step "The requests of the payment link document, under its own prefix"
old=/api/v1/order-payments/invoices
ask 201 POST "$old/" "{\"customer_id\":\"$customer\",\"title\":\"Order 7\",\"amount\":\"49.90\",\"due_date\":\"$due\"}" "$admin"
order=$(field .id)
must "an amount and a title make one line" is '.line_items[0].description' 'Order 7'
ask 200 PUT "$old/$order/" '{"description":"Seven of them"}' "$admin"
ask 200 GET "$old/$order/" '' "$admin"
ask 200 POST "$old/$order/send_email/" '{"finalize":true}' "$admin"
mail "$payer" /pay/invoice/
token=${LINK##*/}
must "the token names the invoice" test "${token:0:4}" = INV-
for _ in $(seq 100); do
    ask 200 GET "$old/$order" '' "$admin" >/dev/null
    if is .email_sent true; then break; fi
    sleep 0.1
done
must "the mail is counted once" is '[.email_sent, .email_sent_count] | join(" ")' 'true 1'
ask 200 GET "$old/pay/$token/"
must "anybody with the link sees what is due" is '[.amount_due, .is_paid] | join(" ")' '49.9 false'
card 4000000000000002
ask 402 POST "$old/pay/$token/" "{\"payment_method\":\"$CARD\"}"
card 4242424242424242
ask 200 POST "$old/pay/$token/" "{\"payment_method\":\"$CARD\"}"
ask 200 GET "/v1/invoices/$order" '' "$admin"
must "it is paid as soon as the answer says so" is '[.status, .is_paid] | join(" ")' 'paid true'
ask 409 POST "$old/pay/$token/" "{\"payment_method\":\"$CARD\"}"
issue '"amount":12,"title":"Cash"'
ask 200 POST "$old/$INVOICE/mark_paid/" '' "$admin"
ask 201 POST "$old/" "{\"customer_id\":\"$customer\",\"title\":\"Not this\",\"amount\":1,\"due_date\":\"$due\"}" "$admin"
ask 204 DELETE "$old/$(field .id)/" '' "$admin"
ask 409 DELETE "$old/$order/" '' "$admin"
ask 200 GET "$old/stats/" '' "$admin"
must "statistics count what happened" grep -q '"currency":"usd"' <<<"$BODY"

step "The link: read, revoked, renewed"
issue '"amount":5,"title":"A link"'
ask 200 GET "/v1/invoices/$INVOICE/payment_link" '' "$admin"
stale=$(field .token)
ask 200 GET "/v1/invoices/pay/$stale"
ask 200 POST "/v1/invoices/$INVOICE/payment_link/revoke" '' "$admin"
soon 410 GET "/v1/invoices/pay/$stale"
ask 200 POST "/v1/invoices/$INVOICE/payment_link/renew" '{"one_time":true}' "$admin"
ask 200 GET "/v1/invoices/$INVOICE/payment_link" '' "$admin"
fresh=$(field .token)
soon 200 GET "/v1/invoices/pay/$fresh"
ask 409 POST "/v1/invoices/pay/$fresh/renewal"
ask 404 GET "/v1/invoices/pay/${fresh%?}x"

step "Taxes, discounts, coupons, a dry run and a copy"
ask 201 POST /v1/tax_rates '{"name":"VAT","percentage":20,"inclusive":false}' "$admin"
rate=$(field .id)
ask 201 POST /v1/coupons '{"code":"TEN","percent":10,"max_redemptions":1}' "$admin"
taxed="{\"customer_id\":\"$customer\",\"due_date\":\"$due\",\"coupon\":\"ten\",\"line_items\":[
    {\"description\":\"Work\",\"amount\":\"99.99\",\"quantity\":\"1.5\",\"tax_rates\":[\"$rate\"]}]}"
ask 200 POST /v1/invoices/preview "$taxed" "$admin"
must "1.5 × 99.99, less 10 %, plus 20 %" is .total 161.99
ask 201 POST /v1/invoices "$taxed" "$admin"
INVOICE=$(field .id)
ask 200 POST "/v1/invoices/$INVOICE/finalize" '' "$admin"
must "what was previewed is issued" is .total 161.99
ask 422 POST /v1/invoices/preview "$taxed" "$admin"
ask 201 POST "/v1/invoices/$order/duplicate" "{\"due_date\":\"$due\"}" "$admin"

step "Credit notes, and papers of both"
ask 201 POST "/v1/invoices/$INVOICE/credit_notes" '{"amount":"61.99","reason":"A day less"}' "$admin"
note=$(field .id)
ask 200 GET "/v1/invoices/$INVOICE" '' "$admin"
must "less is due" is .amount_due 100
ask 409 POST "/v1/invoices/$INVOICE/credit_notes" '{"amount":"100.01","reason":"Too much"}' "$admin"
for paper in "/v1/invoices/$INVOICE/pdf" "/v1/credit_notes/$note/pdf" "/v1/invoices/$order/pdf?kind=receipt"; do
    ask 200 GET "$paper" '' "$admin"
    must "it is a PDF" grep -q '^%PDF-' <<<"${BODY:0:8}"
done

step "Numbers, lists, tables, many at once"
ask 200 PUT /v1/number_series/invoice '{"pattern":"{prefix}-{year}-{count:4}","yearly":true}' "$admin"
issue '"amount":3,"title":"Numbered"'
ask 200 GET "/v1/invoices?q=numbered&count=true" '' "$admin"
must "it is found by a word of its title" is '.[0].id' "$INVOICE"
must "how many there are is told" test "$(header x-total-count)" = 1
ask 200 GET "/v1/invoices.csv?status=paid" '' "$admin"
must "the table has a head and a row for each" test "$(wc -l <<<"$BODY")" -ge 3
ask 200 POST /v1/invoices/bulk/void "{\"ids\":[\"$INVOICE\",\"$first\",\"nothing\"]}" "$admin"
must "each has its own result" is '[.[].status] | join(" ")' '200 409 404'
ask 200 GET "/v1/invoices/$first/events" '' "$admin"
must "who did what is kept" is '[.[].action] | length > 2' true

step "Parts, reminders, and how papers look"
issue "\"amount\":100,\"title\":\"In parts\",\"instalments\":{\"count\":3,\"every\":{\"n\":1,\"unit\":\"month\"},\"deposit_percent\":10}"
must "a deposit and three parts" is '[.instalments[].amount | tostring] | join(" ")' '10 30 30 30'
ask 200 PUT "/v1/invoices/$INVOICE/payment" '{"amount_paid":10}' "$admin"
ask 200 GET "/v1/invoices/$INVOICE" '' "$admin"
must "the deposit is paid, the first part is next" is '[.instalments[0].status, .next_instalment.no] | join(" ")' 'paid 2'
ask 200 POST "/v1/invoices/$INVOICE/send" '' "$admin"
ask 200 POST "/v1/invoices/$INVOICE/remind" '' "$admin"
ask 429 POST "/v1/invoices/$INVOICE/remind" '' "$admin"
ask 201 POST /v1/templates '{"name":"Harbour","accent_color":"#0a6c74","is_default":true}' "$admin"
ask 200 GET "/v1/templates/$(field .id)/preview.pdf" '' "$admin"

step "A series, and a subscription by seats and by use"
ask 201 POST /v1/invoices "{\"customer_id\":\"$customer\",\"due_date\":\"$due\",\"amount\":4600,\"title\":\"Consulting\",
    \"recurring\":{\"unit\":\"month\",\"every\":1,\"anchor_day\":31}}" "$admin"
series=$(field .recurring_invoice_id)
ask 200 GET "/v1/recurring_invoices/$series/upcoming" '' "$admin"
ask 200 POST "/v1/recurring_invoices/$series/pause" '' "$admin"
ask 200 POST "/v1/recurring_invoices/$series/resume" '' "$admin"
ask 200 POST "/v1/recurring_invoices/$series/cancel" '' "$admin"
ask 201 POST /v1/plans '{"name":"Team"}' "$admin"
plan=$(field .id)
ask 201 POST /v1/prices "{\"plan_id\":\"$plan\",\"currency\":\"usd\",\"interval\":\"month\",\"model\":\"per_unit\",\"unit_amount\":10}" "$admin"
seats=$(field .id)
ask 201 POST /v1/prices "{\"plan_id\":\"$plan\",\"currency\":\"usd\",\"interval\":\"month\",\"model\":\"per_unit\",
    \"unit_amount\":\"0.002\",\"meter\":\"calls\",\"aggregation\":\"sum\"}" "$admin"
calls=$(field .id)
ask 201 POST /v1/subscriptions "{\"customer_id\":\"$customer\",\"items\":[{\"price_id\":\"$seats\",\"quantity\":3},
    {\"price_id\":\"$calls\"}]}" "$admin"
subscription=$(field .id)
ask 200 GET "/v1/invoices?subscription_id=$subscription" '' "$admin"
must "the first period is invoiced" is '.[0].total' 30
usage="{\"subscription_id\":\"$subscription\",\"meter\":\"calls\",\"quantity\":1000,\"id\":\"$run-1\"}"
ask 200 POST /v1/usage_events "{\"events\":[$usage,$usage]}" "$admin"
ask 200 POST "/v1/subscriptions/$subscription/change/preview" "{\"items\":[{\"price_id\":\"$seats\",\"quantity\":5}]}" "$admin"
ask 200 POST "/v1/subscriptions/$subscription/cancel" '{"at":"now","open_invoices":"void"}' "$admin"
ask 200 GET "/v1/invoices?subscription_id=$subscription&status=voided" '' "$admin"
must "its open invoice is voided" test "$(jq length <<<"$BODY")" -ge 1

step "Strangers see nothing"
ask 401 GET "/v1/invoices/$first"
ask 404 GET /v1/invoices/inv_00000000000000000000000000 '' "$admin"
