/** TLS against a real server: what verifies works, what does not is refused in words, and neither shows the URL's secrets. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { inspect } from "node:util";
import { MfmError } from "../../src/kernel/errors.ts";
import { parsePostgresUrl } from "../../src/storages/postgres/address.ts";
import { migratePostgresStore } from "../../src/storages/postgres/migrate.ts";
import { openPostgresStore } from "../../src/storages/postgres/open.ts";
import { admissionOf } from "../../src/testing/store/streams.ts";
import { Authority } from "./certificates.ts";
import { administer } from "./schemas.ts";
import type { LocalServer } from "./server.ts";
import { newServer } from "./servers.ts";

const canary = "canary-91c4";

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}

describe("TLS to PostgreSQL", () => {
  const [ours, another] = [new Authority("ours"), new Authority("another")];
  let server: LocalServer;
  let port = 0;
  /** `parameters` may name files of the server's folder. */
  const urlOf = (host: string, parameters: string, login = `mfm_tls:${canary}`): string =>
    `postgres://${login}@${host}:${port}/postgres?${parameters.replaceAll(/=([\w-]+[.]pem)/g, (_, name: string) => `=${join(server.folder, name)}`)}`;

  before(async () => {
    port = await freePort();
    server = newServer({
      port,
      settings: ["ssl_cert_file=../server.pem", "ssl_key_file=../server-key.pem", "ssl_ca_file=../ours.pem"],
      access: [
        "hostssl all mfm_tls 127.0.0.1/32 scram-sha-256",
        "hostssl all mfm_cert 127.0.0.1/32 cert",
        "host all all 127.0.0.1/32 reject",
      ],
    });
    const [own, client] = [ours.issue("server", ["localhost"]), ours.issue("mfm_cert")];
    const files = {
      "server.pem": own.certificate,
      "server-key.pem": own.key,
      "client.pem": client.certificate,
      "client-key.pem": client.key,
      "ours.pem": ours.certificate,
      "another.pem": another.certificate,
    };
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(join(server.folder, name), text, { mode: 0o600 });
      server.own(join(server.folder, name));
    }
    await server.initialize();
    await server.start();
    await encrypt(server, "on");
    await administer(
      server.url,
      `create role mfm_tls login password '${canary}'`,
      "create role mfm_cert login",
      "grant create on database postgres to mfm_tls",
    );
    await migratePostgresStore({
      address: parsePostgresUrl(urlOf("localhost", "sslmode=verify-full&sslrootcert=ours.pem")),
      grantTo: "mfm_cert",
    });
  });

  const works: readonly (readonly [string, string, string, string?])[] = [
    ["the certificate is the authority's and names the host", "localhost", "sslmode=verify-full&sslrootcert=ours.pem"],
    ["it is asked for as `require`, which means the same", "localhost", "sslmode=require&sslrootcert=ours.pem"],
    ["nobody is to verify it", "127.0.0.1", "sslmode=no-verify"],
    [
      "the client shows a certificate in place of a password",
      "localhost",
      "sslmode=require&sslrootcert=ours.pem&sslcert=client.pem&sslkey=client-key.pem",
      "mfm_cert",
    ],
  ];
  for (const [name, host, parameters, login] of works) {
    test(`works where ${name}`, async () => {
      const store = await openPostgresStore({ address: parsePostgresUrl(urlOf(host, parameters, login)) });
      assert.equal((await store.append(admissionOf(name))).kind, "appended");
      const [found] = await administer(
        server.url,
        "select bool_and(ssl) as encrypted, count(*)::int > 0 as seen from pg_stat_ssl join pg_stat_activity using (pid) where application_name = 'mfm' and client_addr is not null",
      );
      assert.deepEqual(found?.rows, [{ encrypted: true, seen: true }]);
      await store.close();
    });
  }

  const refused: readonly (readonly [string, string, string, string, RegExp])[] = [
    [
      "the certificate is another authority's",
      "localhost",
      "sslmode=verify-full&sslrootcert=another.pem",
      "STORE_UNAVAILABLE",
      /certificate/,
    ],
    ["the authority is none that this machine knows", "localhost", "sslmode=verify-full", "STORE_UNAVAILABLE", /certificate/],
    [
      "the certificate is for another host",
      "127.0.0.1",
      "sslmode=verify-full&sslrootcert=ours.pem",
      "STORE_UNAVAILABLE",
      /does not match certificate's altnames/,
    ],
    ["the server wants TLS and the client does not", "localhost", "sslmode=disable", "STORE_DENIED", /no encryption|pg_hba/],
    [
      "the authority's file is not there",
      "localhost",
      "sslmode=verify-full&sslrootcert=nowhere.pem",
      "STORE_UNAVAILABLE",
      /cannot be read/,
    ],
  ];
  const refuses = (url: string, code: string, words: RegExp): Promise<void> =>
    assert.rejects(openPostgresStore({ address: parsePostgresUrl(url) }), (error) => {
      assert.ok(error instanceof MfmError);
      assert.equal(error.code, code);
      assert.match(error.message, words);
      assert.ok(!inspect(error, { depth: 9, showHidden: true }).includes(canary), "the password is shown");
      return true;
    });
  for (const [name, host, parameters, code, words] of refused) {
    test(`is refused where ${name}, without the URL's password`, () => refuses(urlOf(host, parameters), code, words));
  }

  test("does not fall back to plain text where the server has no TLS", async () => {
    await encrypt(server, "off");
    await refuses(urlOf("localhost", "sslmode=verify-full&sslrootcert=ours.pem"), "STORE_UNAVAILABLE", /does not support SSL/);
  });
});

/** New connections see the setting once the server has read it again. */
async function encrypt(server: LocalServer, ssl: "on" | "off"): Promise<void> {
  await administer(server.url, `alter system set ssl = ${ssl}`, "select pg_reload_conf()");
  for (let now = ""; now !== ssl;) {
    const [found] = await administer(server.url, "select current_setting('ssl') as ssl");
    now = (found?.rows as readonly { readonly ssl: string }[] | undefined)?.[0]?.ssl ?? "";
  }
}
