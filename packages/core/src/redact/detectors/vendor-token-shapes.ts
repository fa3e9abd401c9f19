import {
  ALNUM,
  BASE64,
  BASE64_SIGN,
  BASE64_URL,
  BLANK,
  classOf,
  DIGIT,
  DOT,
  EQUALS,
  HEX,
  HYPHEN,
  LOWER,
  UPPER,
  WORD,
} from "../character-class.ts";

/** A token that its vendor gave a fixed beginning. */
export interface TokenShape {
  readonly id: string;
  /** They begin exactly so. */
  readonly prefixes: readonly string[];
  /** The characters that follow. */
  readonly body: number;
  /** Whether digits, capitals and small letters are all among them: it is short, and names begin so too. */
  readonly isMixed: boolean;
  /** Whether base64 may have any of these beginnings in it. */
  readonly isBase64: boolean;
  /** How many follow, at least. */
  readonly min: number;
  /** With more it is something else. */
  readonly max: number;
  /** Whose they are; stands in the documentation. */
  readonly owner: string;
}

const BODIES: Readonly<Record<string, number>> = {
  hex: HEX,
  uuid: HEX | HYPHEN,
  capital: UPPER | DIGIT,
  "capital-": UPPER | DIGIT | HYPHEN,
  base36: LOWER | DIGIT,
  alnum: ALNUM,
  mixed: ALNUM,
  word: WORD,
  "mixed-word": WORD,
  url: BASE64_URL,
  "url=": BASE64_URL | EQUALS,
  segments: BASE64_URL | DOT,
  "segments=": BASE64_URL | DOT | EQUALS,
  base64: ALNUM | BASE64_SIGN | EQUALS,
  token: BASE64_URL | BASE64_SIGN | DOT | EQUALS,
};

/**
 * id | beginnings | what follows, and how much of it | whose. Beginnings and lengths as the vendors document them and as the rule sets of
 * gitleaks and secretlint have them; a length that varies is a lower bound.
 */
const TABLE = `
  aws-access-key | AKIA ASIA ABIA ACCA | capital 16-16 | AWS access key ids
  aws-access-key | A3T | capital 17-17 | AWS access key ids of the old kind
  aws-access-key | AGPA AIDA AIPA ANPA ANVA AROA | capital 16-16 | those that begin like the ids of users and roles
  aws-bedrock-key | ABSKQmVkcm9ja0FQSUtleS | base64 40+ | Amazon Bedrock API keys
  aws-bedrock-key | ABSK | base64 109-280 | Amazon Bedrock API keys
  aws-bedrock-key | bedrock-api-key- | base64 28+ | short-lived ones
  aws-mws-key | amzn.mws. | uuid 36-36 | Amazon MWS keys
  gcp-api-key | AIza | url 35-35 | Google API keys
  gcp-api-key | AQ.Ab8 | url 47-47 | those of Gemini
  google-oauth | GOCSPX- ya29. | segments 24+ | Google OAuth client secrets, access and refresh tokens
  google-oauth | 1//0 | segments 24+ | Google OAuth client secrets, access and refresh tokens
  github-token | ghp_ gho_ ghu_ ghs_ ghr_ | segments 36+ | GitHub tokens
  github-token | github_pat_ | word 40+ | GitHub fine-grained tokens
  gitlab-token | glpat- gldt- glrt- glptt- glcbt- glsoat- glft- glimt- glagent- gloas- glffct- glwt- GR1348941 | segments 20+ | GitLab tokens
  gitlab-token | _gitlab_session= | base36 32-32 | GitLab session cookies
  slack-token | xoxb- xoxp- xoxs- xoxo- xoxe- xoxe.xox xapp- xoxd- xoxc- xwfp- | url 12+ | Slack tokens
  slack-token | xoxa- xoxr- | url 8+ | Slack tokens
  stripe-key | sk_org_live_ sk_org_test_ | alnum 40+ | Stripe keys of organizations
  stripe-key | sk_live_ sk_test_ sk_prod_ rk_live_ rk_test_ rk_prod_ | word 10+ | Stripe secret and restricted keys
  webhook-secret | whsec_ | base64 24+ | Stripe and Svix webhook signing secrets
  npm-token | npm_ | alnum 36+ | npm tokens
  npm-token | npm_ | mixed-word 36-36 | npm tokens
  pypi-token | pypi-AgE | url 40+ | PyPI tokens
  rubygems-token | rubygems_ | hex 48-48 | RubyGems keys
  nuget-key | oy2 | alnum 43-43 | NuGet keys
  clojars-token | CLOJARS_ | alnum 60-60 | Clojars tokens
  docker-token | dckr_pat_ dckr_oat_ | url 27+ | Docker tokens
  anthropic-key | sk-ant- | url 20+ | Anthropic keys
  openai-key | sk-proj- sk-svcacct- sk-admin- sk-None- | url 20+ | OpenAI keys
  sk-key | sk-lf- | uuid 36-36 | keys of Langfuse
  sk-key | sk- sk-or-v1- | alnum 32+ | keys of OpenAI's first form, which DeepSeek, OpenRouter and others took over
  huggingface-token | hf_ api_org_ | alnum 34+ | Hugging Face tokens
  ai-vendor-key | gsk_ xai- pplx- tvly- nvapi- csk- jina_ pcsk_ | url 32+ | keys of Groq, xAI, Perplexity, Tavily, NVIDIA, Cerebras, Jina and Pinecone
  ai-vendor-key | fc- | hex 32-32 | keys of Firecrawl
  ai-vendor-key | e2b_ | hex 40-40 | keys of E2B
  ai-vendor-key | sk_ | hex 48-48 | keys of ElevenLabs
  replicate-token | r8_ | alnum 37-37 | Replicate tokens
  langsmith-key | lsv2_pt_ lsv2_sk_ | word 40+ | LangSmith keys
  databricks-token | dapi | hex 32-32 | Databricks tokens
  sendgrid-key | SG. | segments= 60+ | SendGrid keys
  mail-vendor-key | xkeysib- xsmtpsib- | url 32+ | keys of Brevo
  mail-vendor-key | api:key- | uuid 32+ | keys of Mailgun
  mail-vendor-key | key- pubkey- | hex 32-32 | keys of Mailgun
  mail-vendor-key | re_ | word 33-33 | keys of Resend
  twilio-key | SK | hex 32-32 | Twilio API keys
  digitalocean-token | dop_v1_ doo_v1_ dor_v1_ | hex 64-64 | DigitalOcean tokens
  hashicorp-vault-token | hvs. hvb. hvr. | url 24+ | HashiCorp Vault tokens
  doppler-token | dp.pt. dp.st. dp.ct. dp.sa. dp.scim. dp.audit. | segments 40+ | Doppler tokens
  pulumi-token | pul- | hex 40-40 | Pulumi tokens
  fly-token | fo1_ fm1r_ fm1a_ fm2_ | token 43+ | Fly.io tokens
  heroku-key | HRKU-AA | url 58+ | Heroku keys
  cloudflare-key | cfut_ cfat_ cfk_ | url 40+ | Cloudflare tokens
  cloudflare-key | v1.0- | uuid 171-171 | Cloudflare origin CA keys
  harness-token | pat. sat. | segments 68-68 | Harness tokens
  netlify-token | nfp_ nfc_ nfo_ nfu_ | alnum 36+ | Netlify tokens
  vercel-token | vcp_ vci_ vca_ vcr_ vck_ vercel_blob_rw_ | word 24+ | Vercel tokens
  vercel-token | vcp_ vci_ vca_ vcr_ vck_ | alnum 20+ | Vercel tokens
  supabase-key | sbp_ sb_secret_ | url 30+ | Supabase keys
  planetscale-token | pscale_tkn_ pscale_oauth_ pscale_pw_ | token 32+ | PlanetScale tokens and passwords
  neon-key | napi_ | alnum 40+ | Neon keys
  neon-key | npg_ | mixed 12-12 | passwords of Neon
  clickhouse-key | 4b1d | alnum 38-38 | ClickHouse Cloud keys
  hosting-token | ddp_ rnd_ | alnum 28+ | tokens of Deno Deploy and Render
  job-vendor-key | signkey-prod- signkey-test- tr_prod_ tr_dev_ | alnum 20+ | keys of Inngest and Trigger.dev
  dropbox-token | sl. | segments= 130+ | Dropbox short-lived tokens
  alibaba-key | LTAI | alnum 12-24 | Alibaba Cloud access key ids
  tencent-key | AKID | alnum 32-32 | Tencent Cloud secret ids
  yandex-key | AQVN | url 35-38 | Yandex Cloud keys
  yandex-key | t1.9eu y0_ | segments= 50+ | Yandex Cloud IAM tokens and Yandex OAuth tokens
  shopify-token | shpat_ shpca_ shppa_ shpss_ shpua_ | alnum 32-64 | Shopify tokens and secrets
  square-token | sq0atp- sq0csp- | url 22-60 | Square tokens
  square-token | EAAA | url 22-60 | Square tokens
  paypal-token | access_token$production$ access_token$sandbox$ | url 16+ | PayPal and Braintree access tokens
  plaid-token | access-sandbox- access-development- access-production- | uuid 36-36 | Plaid access tokens
  payment-vendor-key | FLWSECK- FLWSECK_TEST- FLWPUBK- FLWPUBK_TEST- shippo_live_ shippo_test_ | url 12+ | keys of Flutterwave and Shippo
  payment-vendor-key | EZAK EZTK | alnum 54-54 | keys of EasyPost
  payment-vendor-key | duffel_test_ duffel_live_ | url= 12+ | keys of Duffel
  payment-vendor-key | live_ test_ | hex 35-35 | keys of Lob
  payment-vendor-key | live_pub_ test_pub_ | hex 31-31 | keys of Lob
  payment-vendor-key | live_ | url= 40-40 | keys of GoCardless
  facebook-token | EAAM EAAC | alnum 100+ | Facebook access tokens
  atlassian-token | ATATT3 ATCTT3 ATSTT3 ATBB | token 28+ | Atlassian and Bitbucket tokens
  linear-key | lin_api_ lin_oauth_ lin_wh_ | word 32+ | Linear keys
  notion-token | ntn_ secret_ | alnum 43-50 | Notion tokens
  figma-token | figd_ figu_ figo_ figor_ | url 38+ | Figma tokens
  postman-key | PMAK- | uuid 50+ | Postman keys
  grafana-token | glc_ glsa_ eyJrIjoi | token 32+ | Grafana tokens
  newrelic-key | NRAK- NRII- NRIQ- NRJS- NRRA- NRAA- | url 19+ | New Relic keys
  sentry-token | sntrys_ sntryu_ sntrya_ sntryi_ | token 40+ | Sentry tokens
  dynatrace-token | dt0c01. dt0s01. dt0s16. | segments 60+ | Dynatrace tokens
  sonar-token | sqp_ squ_ sqa_ sqb_ | hex 40-40 | SonarQube tokens
  snyk-token | snyk_uat. snyk_sat. | segments 40+ | Snyk tokens
  sourcegraph-token | sgp_ sgd_ sgs_ | word 40+ | Sourcegraph tokens
  ci-token | CCIPAT_ CCIPRJ_ bkua_ bkct_ ico- pnu_ pnb_ | word 32+ | tokens of CircleCI, Buildkite, Infracost and Prefect
  ci-token | tk-us- | url 48+ | tokens of Scalingo
  octopus-key | API- | capital 25-32 | Octopus Deploy keys
  artifactory-key | AKCp cmVmd | alnum 59-70 | Artifactory keys and reference tokens
  openshift-token | sha256~ | url 43-43 | OpenShift user tokens
  onepassword-token | ops_eyJ | base64 60+ | 1Password service account tokens
  onepassword-secret-key | A3- | capital- 36-37 | 1Password secret keys
  bip32-key | xprv yprv zprv tprv | alnum 107-107 | extended private keys of wallets (BIP 32)
  age-key | AGE-SECRET-KEY-1 | capital 58-58 | age secret keys
  tailscale-key | tskey- | url 16+ | Tailscale keys
  adobe-secret | p8e- | url 32+ | Adobe client secrets
  hubspot-token | pat-na1- pat-na2- pat-na3- pat-eu1- | uuid 36-36 | HubSpot tokens
  contentful-token | CFPAT- | url 43+ | Contentful tokens
  typeform-token | tfp_ | segments= 40+ | Typeform tokens
  posthog-key | phx_ phs_ | alnum 40+ | PostHog personal keys
  launchdarkly-key | sdk- api- | uuid 36-36 | LaunchDarkly keys
  mapbox-token | sk.eyJ pk.eyJ | segments 60+ | Mapbox tokens
  mapbox-token | pk. | segments 83-83 | Mapbox tokens
  saas-token | rdme_ | base36 70-70 | tokens of ReadMe
  saas-token | fio-u- rdme_ waka_ sm_aat_ sm_pat_ sm_sat_ dnkey- s-s4t2ud- s-s4t2af- | token 16+ | tokens of Frame.io, WakaTime, Settlemint, Defined Networking, Intra42 and LaunchNotes
`;

export const TOKEN_SHAPES: readonly TokenShape[] = TABLE.trim().split("\n").map(parseShape);

function parseShape(row: string): TokenShape {
  const [id = "", prefixes = "", body = "", owner = ""] = row.split("|").map((cell) => cell.trim());
  const [bodyName = "", range = ""] = body.split(" ");
  const [min, max] = range.split("-");
  const characters = BODIES[bodyName];
  if (characters === undefined) throw new RangeError(`no such body: ${bodyName}`);
  return {
    id,
    prefixes: prefixes.split(" "),
    body: characters,
    isBase64: Array.from(prefixes).every((sign) => (classOf(sign.charCodeAt(0)) & (BASE64 | BLANK)) !== 0),
    isMixed: bodyName.startsWith("mixed"),
    min: Number.parseInt(min ?? "", 10),
    max: max === undefined ? Number.MAX_SAFE_INTEGER : Number.parseInt(max, 10),
    owner,
  };
}
