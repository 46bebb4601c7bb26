/** Every command, in the order that help shows. */
import type { CommandSpec, Group } from "./command.ts";
import { completion } from "./commands/completion.ts";
import { demo } from "./commands/demo.ts";
import { devChain } from "./commands/dev-chain.ts";
import { doctor } from "./commands/doctor.ts";
import { evmCall } from "./commands/evm-call.ts";
import { evmDeploy } from "./commands/evm-deploy.ts";
import { evmLifecycle } from "./commands/evm-lifecycle.ts";
import { evmTransfer } from "./commands/evm-transfer.ts";
import { keystoreAudit } from "./commands/keystore-audit.ts";
import { keystoreChangePassphrase } from "./commands/keystore-change-passphrase.ts";
import { keystoreDelete } from "./commands/keystore-delete.ts";
import { keystoreExport } from "./commands/keystore-export.ts";
import { keystoreGenerate } from "./commands/keystore-generate.ts";
import { keystoreImport } from "./commands/keystore-import.ts";
import { keystoreInit } from "./commands/keystore-init.ts";
import { keystoreList } from "./commands/keystore-list.ts";
import { keystoreRekey } from "./commands/keystore-rekey.ts";
import { keystoreShow } from "./commands/keystore-show.ts";
import { keystoreVerify } from "./commands/keystore-verify.ts";
import { keystoreBookAdd } from "./commands/keystore-book-add.ts";
import { keystoreBookList } from "./commands/keystore-book-list.ts";
import { keystoreBookRemove } from "./commands/keystore-book-remove.ts";
import { keystorePolicySet } from "./commands/keystore-policy-set.ts";
import { keystorePolicyShow } from "./commands/keystore-policy-show.ts";
import { keystorePolicyTest } from "./commands/keystore-policy-test.ts";
import { keystoreSignMessage } from "./commands/keystore-sign-message.ts";
import { keystoreSignTypedData } from "./commands/keystore-sign-typed-data.ts";
import { keystoreTxSign } from "./commands/keystore-tx-sign.ts";
import { keystoreVerifySignature } from "./commands/keystore-verify-signature.ts";
import { laneExplain } from "./commands/lane-explain.ts";
import { laneList } from "./commands/lane-list.ts";
import { laneShow } from "./commands/lane-show.ts";
import { opsDescribe } from "./commands/ops-describe.ts";
import { opsList } from "./commands/ops-list.ts";
import { plan } from "./commands/plan.ts";
import { portfolioDiff } from "./commands/portfolio-diff.ts";
import { portfolioShow } from "./commands/portfolio-show.ts";
import { portfolioSnapshot } from "./commands/portfolio-snapshot.ts";
import { runApprove } from "./commands/run-approve.ts";
import { runCancel } from "./commands/run-cancel.ts";
import { runEvents } from "./commands/run-events.ts";
import { runExport } from "./commands/run-export.ts";
import { runList } from "./commands/run-list.ts";
import { runObligations } from "./commands/run-obligations.ts";
import { runOutput } from "./commands/run-output.ts";
import { runReplay } from "./commands/run-replay.ts";
import { runResolve } from "./commands/run-resolve.ts";
import { runResume } from "./commands/run-resume.ts";
import { runSignal } from "./commands/run-signal.ts";
import { runStart } from "./commands/run-start.ts";
import { runStatus } from "./commands/run-status.ts";
import { signerLock } from "./commands/signer-lock.ts";
import { signerStart } from "./commands/signer-start.ts";
import { signerStatus } from "./commands/signer-status.ts";
import { signerStop } from "./commands/signer-stop.ts";
import { storeBackup } from "./commands/store-backup.ts";
import { storeCheck } from "./commands/store-check.ts";
import { storeCopy } from "./commands/store-copy.ts";
import { storeInfo } from "./commands/store-info.ts";
import { storeMigrate } from "./commands/store-migrate.ts";
import { txCancel } from "./commands/tx-cancel.ts";
import { txList } from "./commands/tx-list.ts";
import { txReplace } from "./commands/tx-replace.ts";
import { txShow } from "./commands/tx-show.ts";
import { storeSweep } from "./commands/store-sweep.ts";
import { verify } from "./commands/verify.ts";
import { workerList } from "./commands/worker-list.ts";
import { worker } from "./commands/worker.ts";

export const commands: readonly CommandSpec[] = [
  portfolioSnapshot,
  portfolioShow,
  portfolioDiff,
  evmTransfer,
  evmCall,
  evmDeploy,
  evmLifecycle,
  txList,
  txShow,
  txReplace,
  txCancel,
  laneList,
  laneShow,
  laneExplain,
  opsList,
  opsDescribe,
  plan,
  runStart,
  runList,
  runStatus,
  runEvents,
  runOutput,
  runResume,
  runCancel,
  runSignal,
  runApprove,
  runObligations,
  runResolve,
  runReplay,
  runExport,
  verify,
  worker,
  workerList,
  storeMigrate,
  storeInfo,
  storeCheck,
  storeSweep,
  storeBackup,
  storeCopy,
  demo,
  devChain,
  keystoreInit,
  keystoreImport,
  keystoreGenerate,
  keystoreList,
  keystoreShow,
  keystoreDelete,
  keystoreExport,
  keystoreChangePassphrase,
  keystoreRekey,
  keystoreVerify,
  keystoreAudit,
  keystoreTxSign,
  keystoreSignMessage,
  keystoreSignTypedData,
  keystoreVerifySignature,
  keystorePolicySet,
  keystorePolicyShow,
  keystorePolicyTest,
  keystoreBookAdd,
  keystoreBookList,
  keystoreBookRemove,
  signerStart,
  signerStatus,
  signerLock,
  signerStop,
  doctor,
  completion,
];

export const groups: readonly Group[] = [
  {
    path: [],
    summary: "MFM",
    examples: [
      { line: "mfm run start mfm.proof/hello@1", about: "the smallest run" },
      { line: "mfm run list", about: "the runs of the store" },
      { line: "mfm help run start", about: "help for one command" },
    ],
  },
  { path: ["portfolio"], summary: "what addresses hold, and what changed", examples: [] },
  { path: ["evm"], summary: "send transactions, each exactly once", examples: [] },
  { path: ["tx"], summary: "transactions of the ledger: look at them, replace or cancel them", examples: [] },
  { path: ["lane"], summary: "what is exclusive, such as an account's nonces", examples: [] },
  { path: ["ops"], summary: "what can be run", examples: [] },
  { path: ["run"], summary: "start runs, look at them, act on them", examples: [] },
  { path: ["dev"], summary: "chains on this machine", examples: [] },
  { path: ["keystore"], summary: "keep keys, and sign with them", examples: [] },
  { path: ["keystore", "policy"], summary: "what an entry may sign", examples: [] },
  { path: ["keystore", "book"], summary: "known addresses, which look-alikes are compared with", examples: [] },
  { path: ["store"], summary: "look after the store", examples: [] },
  { path: ["signer"], summary: "the process that holds an unlocked vault", examples: [] },
];
