// What `@kubernetes/client-node` does with an API server, done with ours.

import assert from 'node:assert/strict';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import * as k8s from '@kubernetes/client-node';

import { start } from './server.mjs';

const NAMESPACE = 'default';
const LABELS = { app: 'web' };
let config, core, apps;

before(async () => {
  const server = await start('--speed', 'max');
  config = new k8s.KubeConfig();
  config.loadFromOptions({
    clusters: [{ name: 'podyard', server, skipTLSVerify: true }],
    users: [{ name: 'learner' }],
    contexts: [{ name: 'podyard', cluster: 'podyard', user: 'learner' }],
    currentContext: 'podyard',
  });
  core = config.makeApiClient(k8s.CoreV1Api);
  apps = config.makeApiClient(k8s.AppsV1Api);
});

const configMap = (name, data) => ({ metadata: { name }, data });
const patchAs = (strategy) => k8s.setHeaderOptions('Content-Type', strategy);

/** Looks again until `look` gives something. */
async function eventually(look) {
  for (let tries = 0; tries < 100; tries += 1) {
    const found = await look();
    if (found) return found;
    await sleep(50);
  }
  throw new Error(`this never became true: ${look}`);
}

/** The status that a call is refused with. */
async function refusal(call) {
  const error = await call.then(() => assert.fail('it was not refused'), (refused) => refused);
  return { code: error.code, ...JSON.parse(error.body) };
}

async function pod(name, command) {
  const container = { name: 'main', image: 'busybox', command };
  await core.createNamespacedPod({
    namespace: NAMESPACE,
    body: { metadata: { name }, spec: { containers: [container], terminationGracePeriodSeconds: 0 } },
  });
  await eventually(async () => {
    const { status } = await core.readNamespacedPod({ namespace: NAMESPACE, name });
    return status.containerStatuses?.[0].state.running;
  });
}

test('objects are created, read, replaced and deleted', async () => {
  const made = await core.createNamespacedConfigMap({ namespace: NAMESPACE, body: configMap('a', { k: 'v' }) });
  assert.ok(made.metadata.uid);
  made.data.k = 'w';
  const replaced = await core.replaceNamespacedConfigMap({ namespace: NAMESPACE, name: 'a', body: made });
  assert.equal(replaced.data.k, 'w');
  const stale = await refusal(core.replaceNamespacedConfigMap({ namespace: NAMESPACE, name: 'a', body: made }));
  assert.equal(stale.code, 409);
  assert.equal(stale.reason, 'Conflict');
  await core.deleteNamespacedConfigMap({ namespace: NAMESPACE, name: 'a' });
  const gone = await refusal(core.readNamespacedConfigMap({ namespace: NAMESPACE, name: 'a' }));
  assert.equal(gone.message, 'configmaps "a" not found');
});

test('an invalid object is refused with every cause', async () => {
  const body = { metadata: { name: 'Bad' }, spec: { containers: [{ name: 'x' }] } };
  const status = await refusal(core.createNamespacedPod({ namespace: NAMESPACE, body }));
  assert.equal(status.code, 422);
  assert.deepEqual(status.details.causes.map((cause) => cause.field), ['metadata.name', 'spec.containers[0].image']);
});

test('every kind of patch changes what it should', async () => {
  await core.createNamespacedConfigMap({ namespace: NAMESPACE, body: configMap('p', { a: '1', b: '2' }) });
  const patch = (body, strategy, more = {}) =>
    core.patchNamespacedConfigMap({ namespace: NAMESPACE, name: 'p', body, ...more }, patchAs(strategy));
  await patch([{ op: 'replace', path: '/data/a', value: '3' }], k8s.PatchStrategy.JsonPatch);
  await patch({ data: { b: null, c: '4' } }, k8s.PatchStrategy.MergePatch);
  await patch({ data: { d: '5' } }, k8s.PatchStrategy.StrategicMergePatch);
  const applied = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'p' }, data: { d: '6' } };
  const conflict = await refusal(patch(applied, k8s.PatchStrategy.ServerSideApply, { fieldManager: 'tester' }));
  assert.equal(conflict.code, 409);
  assert.match(conflict.message, /^Apply failed with 1 conflict: conflict with "/);
  const map = await patch(applied, k8s.PatchStrategy.ServerSideApply, { fieldManager: 'tester', force: true });
  assert.deepEqual(map.data, { a: '3', c: '4', d: '6' });
  assert.ok(map.metadata.managedFields.some((entry) => entry.manager === 'tester' && entry.operation === 'Apply'));
});

test('lists come in pages and by labels', async () => {
  for (const name of ['l1', 'l2', 'l3']) {
    const body = { metadata: { name, labels: { page: 'yes' } } };
    await core.createNamespacedConfigMap({ namespace: NAMESPACE, body });
  }
  const labelSelector = 'page in (yes)';
  const first = await core.listNamespacedConfigMap({ namespace: NAMESPACE, labelSelector, limit: 2 });
  assert.equal(first.items.length, 2);
  assert.equal(first.metadata.remainingItemCount ?? 1, 1);
  const rest = await core.listNamespacedConfigMap({
    namespace: NAMESPACE, labelSelector, limit: 2, _continue: first.metadata._continue,
  });
  assert.deepEqual(rest.items.map((item) => item.metadata.name), ['l3']);
});

test('a watch tells of each change', async () => {
  const seen = [];
  const path = `/api/v1/namespaces/${NAMESPACE}/configmaps`;
  const query = { fieldSelector: 'metadata.name=watched', allowWatchBookmarks: true };
  const request = await new k8s.Watch(config).watch(path, query, (type) => seen.push(type), () => {});
  await core.createNamespacedConfigMap({ namespace: NAMESPACE, body: configMap('watched') });
  await core.patchNamespacedConfigMap(
    { namespace: NAMESPACE, name: 'watched', body: { data: { k: 'v' } } }, patchAs(k8s.PatchStrategy.MergePatch),
  );
  await core.deleteNamespacedConfigMap({ namespace: NAMESPACE, name: 'watched' });
  await eventually(() => seen.includes('DELETED'));
  assert.deepEqual(seen.filter((type) => type !== 'BOOKMARK'), ['ADDED', 'MODIFIED', 'DELETED']);
  request.abort();
});

test('an informer follows a rolling update', async () => {
  const list = () => core.listNamespacedPod({ namespace: NAMESPACE, labelSelector: 'app=web' });
  const informer = k8s.makeInformer(config, `/api/v1/namespaces/${NAMESPACE}/pods`, list, 'app=web');
  const images = () => new Set(informer.list(NAMESPACE).map((own) => own.spec.containers[0].image));
  await informer.start();
  const template = (image) => ({ metadata: { labels: LABELS }, spec: { containers: [{ name: 'web', image }] } });
  await apps.createNamespacedDeployment({
    namespace: NAMESPACE,
    body: { metadata: { name: 'web' }, spec: { replicas: 3, selector: { matchLabels: LABELS }, template: template('nginx:1.26') } },
  });
  await eventually(() => informer.list(NAMESPACE).length === 3);
  await apps.patchNamespacedDeployment(
    { namespace: NAMESPACE, name: 'web', body: { spec: { template: template('nginx:1.27') } } },
    patchAs(k8s.PatchStrategy.StrategicMergePatch),
  );
  await eventually(() => images().size === 1 && images().has('nginx:1.27'));
  await informer.stop();
});

test('a log is followed', async () => {
  await pod('logs', ['sh', '-c', 'echo one; echo two; tail -f /dev/null']);
  const stream = new PassThrough();
  const request = await new k8s.Log(config).log(NAMESPACE, 'logs', 'main', stream, { follow: true });
  let written = '';
  stream.on('data', (bytes) => { written += bytes; });
  await eventually(() => written === 'one\ntwo\n');
  request.abort();
});

test('a command runs in a container', async () => {
  await pod('exec', ['tail', '-f', '/dev/null']);
  const run = async (command, input) => {
    const [output, errors] = [new PassThrough(), new PassThrough()];
    const status = await new Promise((resolve, reject) => {
      const stdin = input === undefined ? null : Readable.from([input]);
      new k8s.Exec(config)
        .exec(NAMESPACE, 'exec', 'main', command, output, errors, stdin, false, resolve)
        .catch(reject);
    });
    output.end();
    errors.end();
    return { output: await text(output), errors: await text(errors), status };
  };
  assert.deepEqual(await run(['echo', 'hello']), {
    output: 'hello\n', errors: '', status: { metadata: {}, status: 'Success' },
  });
  const failed = await run(['sh', '-c', 'echo no >&2; exit 3']);
  assert.equal(failed.errors, 'no\n');
  assert.deepEqual(failed.status.details.causes, [{ reason: 'ExitCode', message: '3' }]);
  assert.equal((await run(['sh', '-c', 'read line; echo "got $line"'], 'x\n')).output, 'got x\n');
});

test('custom resources are served like all others', async () => {
  const api = k8s.KubernetesObjectApi.makeApiClient(config);
  const schema = { type: 'object', properties: { spec: { type: 'object', properties: { size: { type: 'integer', _default: 2 } } } } };
  await api.create({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'yards.example.com' },
    spec: {
      group: 'example.com', scope: 'Namespaced', names: { plural: 'yards', kind: 'Yard' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }],
    },
  });
  const made = await api.create({ apiVersion: 'example.com/v1', kind: 'Yard', metadata: { name: 'y', namespace: NAMESPACE }, spec: {} });
  assert.equal(made.spec.size, 2);
  const { items } = await api.list('example.com/v1', 'Yard', NAMESPACE);
  assert.equal(items.length, 1);
});
