/**
 * The words that make a property name a secret's. They are compared with runs of whole words of the name (see `nameTokens`), written
 * together: `apikey` covers `apiKey`, `API_KEY`, `x-api-key` and `apikey`; `monkey`, `keyboard`, `tokenizer` and `secretary` are whole words
 * of their own.
 */
const words = (text: string): readonly string[] =>
  text
    .split("\n")
    .flatMap((line) => line.split(" "))
    .filter((word) => word !== "");

/** A value under such a name is a secret whatever it looks like. */
export const SECRET_NAMES: readonly string[] = words(`
  password passwords passwd passwds passwort pwd pwds passphrase passphrases passcode passcodes pswd psw passw motdepasse
  secret secrets token credential credentials creds cred authorization jwt jwts
  apikey apikeys apisecret accesskey accesskeys secretkey secretkeys privatekey privatekeys encryptionkey encryptionkeys decryptionkey
  cipherkey signingkey signingkeys masterkey accountkey sharedkey sharedaccesskey sharedaccesssignature sshkey sshkeys authkey authkeys
  servicekey clientkey licensekey licencekey hmackey deploykey sessionkey sessionkeys storagekey subscriptionkey webhookkey
  adminkey rootkey datakey functionskey functionkey aeskey rsakey deskey jwtkey jwk certkey certificatekey tlskey sslkey pgpkey gpgkey
  walletkey recoverykey recoverycode recoverycodes backupcode backupcodes securitycode verificationcode authcode authorizationcode
  mfacode otpcode onetimecode onetimepassword pincode securityanswer securityanswers passwordhint appkey consumerkey consumersecret
  accesstokens refreshtokens authtokens apitokens bearertokens idtokens sessiontokens csrftokens devicetokens pushtokens
  sessionsecret connectsid phpsessid jsessionid aspsessionid sessid sessionid sessioncookie setcookie cookie cookies
  cardnumber cardno ccnumber creditcard creditcardnumber debitcard cardcvc cardcvv cvv cvc socialsecurity socialsecuritynumber ssn
  iban
  applicationkey fastlykey enckey privkey unsealkey unsealkeys recoverykeys dbpw rootpw storepass keypass pgpass devicecode codeverifier laravelsession
  seedphrase mnemonic recoveryphrase otp totp otpsecret totpsecret connectionstring connectionstrings connstr
  xamzsecuritytoken xapikey xauthtoken proxyauthorization httpauthorization samlresponse samlrequest
  githubpat ghpat ghcrpat gitpat gitlabpat azurepat devopspat adopat azdopat vstspat bitbucketpat jirapat confluencepat dockerpat dockerhubpat npmpat
  airtablepat databrickspat snowflakepat tableaupat figmapat asanapat actionspat workflowpat releasepat deploypat cipat botpat repopat accesspat
`);

/** An unbroken word that ends so is a secret's name too: `dbpassword`, `clientsecret`, `csrftoken`. */
export const SECRET_ENDINGS: readonly string[] = words(`
  password passwd passphrase passcode secret token apikey secretkey privatekey accesskey credentials pwd sessid sessionid
`);

/** Whether a name, in any case, is one of these or ends like one: `password`, `accessToken`, `SECRET_KEY`. */
export function isEndOfSecretName(name: string): boolean {
  const joined = name.toLowerCase().replaceAll("_", "");
  return SECRET_ENDINGS.some((ending) => joined.endsWith(ending));
}

/** Names that end so are of secrets that people choose. */
export const PASSWORD_ENDINGS: readonly string[] = words("password passwd passwort passphrase passcode pwd");

/** Whether a name, in any case, is that of one or several: `password`, `db_passwords`. */
export function isNameOfPasswords(name: string): boolean {
  const lower = name.toLowerCase();
  const one = lower.endsWith("s") ? lower.slice(0, -1) : lower;
  return PASSWORD_ENDINGS.some((ending) => one.endsWith(ending));
}

/** Names that say what they mean only when nothing follows them. In text their values must also look like secrets. */
export const SHORT_NAMES: readonly string[] = words(
  "pass pw auth pin bearer oauth oauth2 basicauth httpauth proxyauth xauth cvn csc sid",
);

/** Endings after which `pass` is a password: `db_pass`, `smtpPass`; a `boarding_pass` and a `first_pass` are none. */
export const PASS_OWNERS: readonly string[] = words(`
  db database smtp mail email ftp sftp ssh user usr username redis pg postgres mysql mongo root admin auth proxy http ldap login app
  service rabbitmq amqp imap pop wifi wpa vpn key keystore truststore sudo basic jdbc account client server my new old api
`);

/** Names whose values text shows in so many other ways that there the value must look like a secret. */
export const CAUTIOUS_NAMES: readonly string[] = words(
  "cookie cookies sessionid otp totp pincode authcode verificationcode securitycode iban cred samlresponse samlrequest",
);

/** Words that turn a secret's name into the name of something about it: `token_count`, `password.length`, `secretName`. */
export const ABOUT_WORDS: readonly string[] = words(`
  count counts counter counters length lengths len size sizes ttl type types kind kinds expires expire expiry expired expiration exp
  at age limit limits policy policies required require enabled disabled valid invalid verified verification validation status state attempts attempt
  retries retry strength min max bytes ms millis seconds secs sec minutes hours days label labels placeholder id ids name names version versions
  path paths file files filename dir directory folder url urls uri uris endpoint endpoints provider providers method methods scheme
  schemes algorithm alg algo format prefix suffix index source sources manager store storage service scope scopes class error errors err failed
  failure failures failing issuer arn ref refs reference usage used use uses rate rotation rotated changed change created updated issued
  revoked deleted requests request total present exists missing supported support mode domain samesite secure consent banner jar parser
  helper handler middleware factory builder generator validator resolver controller module component
  color colour background border font style theme
  field fields column param parameter position offset line col vocab budget price cost costs per latency duration time
  timestamp date spec config configured configuration options settings rules rule reset forgotten notice warning event events log logs
  ts tsx js jsx mjs cjs mts cts py java kt go rb rs php cs cpp cc c h hpp swift scala json yaml yml toml xml html css scss vue svelte sql sh md
  txt map iteration iterations rounds fingerprint fingerprints bucket buckets
`);

/** An about-word does not clear these: the `secret_id` of an AppRole lets its bearer in, a `token_key` or `secret_value` is one. */
export const STILL_SECRET: readonly string[] = words("secretid sessionid");

/** In front of a secret's name they make it a question or a number: `has_password`, `max_token`. */
export const QUESTION_WORDS: readonly string[] = words(
  "is has had have can could should must needs need requires require num count total max min avg mean sum skip show hide toggle forgot",
);

/** Tokens that say where to go on, that models and locks have, and what is meant to be published. */
export const PUBLIC_RUNS: readonly string[] = words(`
  pagetoken nexttoken nextpagetoken prevtoken prevpagetoken previouspagetoken continuationtoken paginationtoken synctoken resumetoken
  cursortoken publictoken existingsecret pullsecret pullsecrets firsttoken outputtoken inputtoken eostoken bostoken padtoken unktoken septoken clstoken
  masktoken stoptoken fencingtoken locktoken cancellationtoken canceltoken
`);

/** Names that the OpenTelemetry semantic conventions give a meaning that is no secret. */
export const PUBLIC_NAMES: readonly string[] = ["session.id", "session.previous_id"];

/** Parameters of an address that carry a secret although such a name means nothing elsewhere. */
export const QUERY_NAMES: readonly string[] = words("sig signature xamzsignature xgoogsignature hmac code key sas");
