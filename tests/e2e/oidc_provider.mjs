// An identity provider (npm's oidc-provider) that hands out tokens for client_credentials, and an API that takes them.
//   GET /api            200 with a valid bearer token, 401 without
//   POST /destroy       every token handed out so far is dead
//   GET /grants         how many tokens were handed out
//   POST /outage?on=1   the token endpoint answers 503 until ?on=0
import Provider from 'oidc-provider';

const port = Number(process.argv[2]);
const issuer = `http://127.0.0.1:${port}`;
const client = (client_id, token_endpoint_auth_method, secret) => ({
  client_id, token_endpoint_auth_method, client_secret: secret, grant_types: ['client_credentials'], redirect_uris: [],
  response_types: [],
});
const provider = new Provider(issuer, {
  clients: [client('by-header', 'client_secret_basic', process.env.BASIC_SECRET),
    client('by-form', 'client_secret_post', process.env.POST_SECRET)],
  features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false }, revocation: { enabled: true } },
  scopes: ['read'],
  ttl: { ClientCredentials: Number(process.argv[3]) },
});

const handedOut = [];
let outage = false;
provider.on('grant.success', (ctx) => handedOut.push(ctx.body.access_token));

provider.use(async (ctx, next) => {
  if (ctx.path === '/grants') {
    ctx.body = String(handedOut.length);
  } else if (ctx.path === '/outage') {
    outage = ctx.query.on === '1';
    ctx.body = 'ok';
  } else if (ctx.path === '/destroy') {
    for (const token of handedOut) await (await provider.ClientCredentials.find(token))?.destroy();
    ctx.body = 'ok';
  } else if (ctx.path === '/api') {
    const token = await provider.ClientCredentials.find((ctx.get('Authorization').match(/^Bearer (.+)$/) ?? [])[1] ?? '');
    ctx.status = token?.isValid ? 200 : 401;
    if (!token?.isValid) ctx.set('WWW-Authenticate', 'Bearer error="invalid_token"');
    ctx.body = token?.isValid ? 'in' : 'out';
  } else if (ctx.path === '/token' && outage) {
    ctx.status = 503;
    ctx.body = 'down';
  } else {
    await next();
  }
});
provider.listen(port, '127.0.0.1', () => console.log('listening'));
