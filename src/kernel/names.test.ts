/** The grammar of names. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { digestOf } from "./canonical.ts";
import { deriveRunId, digestChildInvocation, digestInvocationKey, encodeManifest, manifestFormat, readManifest } from "./identity.ts";
import type { Json } from "./json.ts";
import { isDefinitionId, isMemberName, isRunId, isStepKey, runIdOf } from "./names.ts";

describe("names", () => {
  const table: readonly (readonly [string, (text: string) => boolean, readonly string[], readonly string[]])[] = [
    [
      "definition ids",
      isDefinitionId,
      ["mfm.portfolio/snapshot@1", "a/b@1", "acme-corp.pay2/send-all@999999", "a.b.c/d@10"],
      [
        "",
        "a",
        "a/b",
        "a/b@",
        "a/b@0",
        "a/b@01",
        "a/b@1000000",
        "A/b@1",
        "a/B@1",
        "a//b@1",
        "a/b/c@1",
        "a./b@1",
        ".a/b@1",
        "a/-b@1",
        "a/b-@1",
        "a/b@1 ",
        " a/b@1",
        "a/b@1\n",
        "1a/b@1",
        "ä/b@1",
        `${"a".repeat(197)}/b@1`,
      ],
    ],
    [
      "step keys",
      isStepKey,
      ["a", "balance/0xAbC", "a.b_c:d@e-f/1/2", "-", "A".repeat(200)],
      ["", "/", "a/", "/a", "a//b", "a b", "a\n", "ä", "a\\b", "a\u0000", "A".repeat(201)],
    ],
    ["member names", isMemberName, ["a", "aB1", "a".repeat(64)], ["", "A", "1a", "a-b", "a_b", "a b", "__proto__", "a\n", "a".repeat(65)]],
    [
      "run ids",
      isRunId,
      [`run:${"0".repeat(64)}`, `run:${"f".repeat(64)}`],
      [
        "",
        "run:",
        `run:${"0".repeat(63)}`,
        `run:${"0".repeat(65)}`,
        `run:${"F".repeat(64)}`,
        `RUN:${"0".repeat(64)}`,
        `run:${"0".repeat(64)}\n`,
      ],
    ],
  ];
  for (const [what, is, good, bad] of table) {
    it(what, () => {
      for (const text of good) assert.ok(is(text), text);
      for (const text of bad) assert.ok(!is(text), JSON.stringify(text));
    });
  }
});

describe("identity", () => {
  it("a run id is fixed by scope, entry point and key, by nothing else", () => {
    const key = digestInvocationKey("order-7");
    const id = deriveRunId("scope", "a/b@1", key);
    assert.ok(isRunId(id));
    const others = [
      deriveRunId("other", "a/b@1", key),
      deriveRunId("scope", "a/b@2", key),
      deriveRunId("scope", "a/b@1", digestInvocationKey("order-8")),
      deriveRunId("scope", "a/b@1", digestChildInvocation(id, "order-7")),
    ];
    assert.equal(new Set([id, ...others]).size, 5);
    assert.equal(id, "run:a35a00babaf6074b4264ce72b101e105d4de41ad9de60df170fd14af6703954c");
    assert.equal(runIdOf(digestOf("")), `run:${digestOf("").slice(7)}`);
  });

  it("keys of 1 to 1,024 bytes of well-formed text name an intent", () => {
    for (const key of ["", "x".repeat(1025), "é".repeat(513), "\ud800"])
      assert.throws(() => digestInvocationKey(key), { code: "INVOCATION_KEY_INVALID" });
    assert.notEqual(digestInvocationKey("x".repeat(1024)), digestInvocationKey("é".repeat(512)));
  });

  it("a manifest reads back, and nothing else is one", () => {
    const digest = digestOf("");
    const manifest = { format: manifestFormat, scope: "s", entryPoint: "a/b@1", invocation: digest, spec: digest, config: digest } as const;
    assert.deepEqual(readManifest(JSON.parse(encodeManifest(manifest)) as Json), manifest);
    const child = { ...manifest, parent: { runId: runIdOf(digest), step: "a" } };
    assert.deepEqual(readManifest(JSON.parse(encodeManifest(child)) as Json), child);
    for (const bad of [
      null,
      {},
      { ...manifest, note: 1 },
      { ...manifest, format: "mfm-manifest/2" },
      { ...manifest, spec: "sha256:1" },
      { ...manifest, parent: null },
    ]) {
      assert.throws(() => readManifest(bad), { code: "HISTORY_INVALID" });
    }
  });
});
