// What the real kubectl does with an API server, done with ours.
//
// Each step is a command line and what it has to print; `!` before it says
// that it has to fail.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, test } from 'node:test';

import { start } from './server.mjs';

const KUBECTL = process.env.KUBECTL ?? 'kubectl';
let folder, server;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'podyard-kubectl-'));
  server = await start('--speed', 'max');
});

/** Runs a command line in which `kubectl` is the real one, asking our server. */
function run(line) {
  const script = `kubectl() { command "${KUBECTL}" --server="${server}" --cache-dir="${folder}/cache" "$@"; }\n${line}`;
  const options = { cwd: folder, env: { ...process.env, HOME: folder, KUBECONFIG: '/dev/null' }, timeout: 60_000 };
  return new Promise((resolve) => {
    execFile('bash', ['-c', script], options, (error, stdout, stderr) => {
      resolve({ failed: Boolean(error), text: stdout + stderr });
    });
  });
}

function steps(name, ...all) {
  test(name, async () => {
    for (const [line, ...expected] of all) {
      const { failed, text } = await run(line.replace(/^! /, ''));
      assert.equal(failed, line.startsWith('! '), `${line}\n${text}`);
      for (const part of expected) {
        assert.ok(part instanceof RegExp ? part.test(text) : text.includes(part), `${line}\nshould print ${part}, printed\n${text}`);
      }
    }
  });
}

const WEB = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: nginx, image: "nginx:1.26", ports: [{containerPort: 80}]}
`;

test('files', async () => {
  await writeFile(join(folder, 'web.yaml'), WEB);
  await writeFile(join(folder, 'newer.yaml'), WEB.replace('1.26', '1.27'));
  await writeFile(join(folder, 'shared.yaml'), '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"shared"},"data":{"a":"2"}}');
});

steps('what the server serves',
  ['kubectl version', 'Server Version: v1.32'],
  ['kubectl cluster-info', 'Kubernetes control plane'],
  ['kubectl api-versions', 'apps/v1', 'batch/v1'],
  ['kubectl api-resources', /deployments +deploy +apps\/v1 +true +Deployment/],
  ['kubectl explain deployment.spec.strategy --recursive', 'maxSurge'],
  ['kubectl explain pods --output=plaintext-openapiv2', 'KIND:     Pod'],
  ['! kubectl get nosuch', `the server doesn't have a resource type "nosuch"`],
  ['! kubectl top node', 'Metrics API not available'],
);

steps('apply, and what shows it',
  ['! kubectl diff -f web.yaml', '+kind: Deployment'],
  ['kubectl apply -f web.yaml', 'deployment.apps/web created'],
  ['kubectl apply -f web.yaml', 'deployment.apps/web unchanged'],
  ['kubectl rollout status deployment/web', 'successfully rolled out'],
  ['kubectl wait --for=condition=Available deployment/web', 'condition met'],
  ["kubectl wait --for=jsonpath='{.status.readyReplicas}'=2 deployment/web", 'condition met'],
  ['kubectl get deployments,rs,pods -o wide', 'nginx:1.26'],
  ['kubectl get deploy web -o yaml', 'kind: Deployment'],
  ['kubectl get deploy web -o json', '"kind": "Deployment"'],
  ['kubectl get deploy -o name', 'deployment.apps/web'],
  ["kubectl get deploy web -o jsonpath='{.spec.replicas}'", '2'],
  ['kubectl get pods -o custom-columns=N:.metadata.name', /^N\s+web-/],
  ["kubectl get deploy web -o go-template='{{.metadata.name}}'", 'web'],
  ['kubectl get pods -l app=web --show-labels --sort-by=.metadata.name', 'pod-template-hash='],
  ['kubectl describe deployment web', 'RollingUpdateStrategy:', 'NewReplicaSet:'],
  ['kubectl events --for deployment/web', 'ScalingReplicaSet'],
);

steps('a rollout, back and forth',
  ['! kubectl diff -f newer.yaml', '+      - image: nginx:1.27'],
  ['kubectl set image deployment/web nginx=nginx:1.27', 'image updated'],
  ['kubectl rollout status deployment/web', 'successfully rolled out'],
  ['kubectl rollout history deployment/web', 'REVISION'],
  ['kubectl rollout undo deployment/web', 'rolled back'],
  ['kubectl rollout pause deployment/web', 'paused'],
  ['kubectl rollout resume deployment/web', 'resumed'],
  ['kubectl rollout restart deployment/web', 'restarted'],
  ['kubectl rollout status deployment/web', 'successfully rolled out'],
  ['kubectl scale deployment/web --current-replicas=2 --replicas=3', 'scaled'],
  ['kubectl autoscale deployment/web --min=1 --max=5', 'autoscaled'],
  ['kubectl delete hpa web', 'deleted'],
  ['kubectl expose deployment/web --port=80', 'exposed'],
);

steps('changes to one object',
  ['kubectl label deployment/web tier=front', 'labeled'],
  ['kubectl annotate deployment/web note=x', 'annotated'],
  [`kubectl patch deployment/web -p '{"spec":{"replicas":2}}'`, 'patched'],
  [`kubectl patch deployment/web --type=merge -p '{"spec":{"replicas":1}}'`, 'patched'],
  [`kubectl patch deployment/web --type=json -p '[{"op":"replace","path":"/spec/replicas","value":2}]'`, 'patched'],
  ['EDITOR="sed -i s/front/back/" kubectl edit deployment/web', 'edited'],
  ['kubectl get deploy web -o yaml | sed s/back/side/ | kubectl replace -f -', 'replaced'],
  ['kubectl get deploy web -L tier', 'side'],
  ['kubectl set env deployment/web A=b', 'env updated'],
  ['kubectl set resources deployment/web --limits=cpu=100m', 'resource requirements updated'],
  ['kubectl create configmap shared --from-literal=a=1', 'created'],
  ['! kubectl apply --server-side -f shared.yaml', 'Apply failed with 1 conflict: conflict with "kubectl-create" using v1: .data.a'],
  ['kubectl apply --server-side --force-conflicts -f shared.yaml', 'serverside-applied'],
  ['! kubectl set selector deployment/web a=b', 'error'],
);

steps('every generator',
  ['kubectl create namespace other', 'created'],
  ['kubectl create configmap c --from-literal=a=b', 'created'],
  ['kubectl create secret generic s --from-literal=a=b', 'created'],
  ['kubectl create serviceaccount sa', 'created'],
  ['kubectl create token sa', /^eyJ/],
  ['kubectl create deployment d --image=nginx', 'created'],
  ['kubectl create job j --image=busybox -- true', 'created'],
  ['kubectl create cronjob cj --image=busybox --schedule="0 0 * * *" -- true', 'created'],
  ['kubectl create service nodeport np --tcp=80', 'created'],
  ['kubectl create ingress i --rule=a.b/=web:80', 'created'],
  ['kubectl create role r --verb=get --resource=pods', 'created'],
  ['kubectl create rolebinding rb --role=r --serviceaccount=default:sa', 'created'],
  ['kubectl create clusterrole cr --verb=get --resource=pods', 'created'],
  ['kubectl create clusterrolebinding crb --clusterrole=cr --user=u', 'created'],
  ['kubectl create quota q --hard=configmaps=9', 'created'],
  ['kubectl create pdb p --selector=app=none --min-available=1', 'created'],
  ['kubectl create priorityclass pc --value=1', 'created'],
  ['! kubectl create configmap c', 'configmaps "c" already exists'],
  ['kubectl auth can-i get pods --as=system:serviceaccount:default:sa', 'yes'],
  ['! kubectl auth can-i delete pods --as=system:serviceaccount:default:sa', 'no'],
  ['! kubectl get nodes --as=jane', 'nodes is forbidden: User "jane" cannot list resource "nodes"'],
  ['kubectl auth whoami', 'Username'],
);

steps('containers',
  ['kubectl run bb --image=busybox -- sh -c "echo started; tail -f /dev/null"', 'created'],
  ['kubectl wait --for=condition=Ready pod/bb', 'condition met'],
  ['kubectl logs bb', 'started'],
  ['kubectl logs deployment/web --tail=1', /./],
  ['kubectl exec bb -- echo hello', 'hello'],
  ['echo typed | kubectl exec -i bb -- cat', 'typed'],
  ['! kubectl exec bb -- sh -c "exit 3"', 'command terminated with exit code 3'],
  ['! kubectl exec bb -c nope -- true', 'container nope is not valid for pod bb'],
  ['! kubectl exec none -- true', 'pods "none" not found'],
  ['kubectl debug bb --image=busybox --attach=false --container=dbg', ''],
  ["kubectl get pod bb -o jsonpath='{.spec.ephemeralContainers[*].name}'", 'dbg'],
  ['kubectl get pods -w --request-timeout=1s', 'bb'],
);

steps('nodes',
  ['kubectl taint node worker-1 a=b:PreferNoSchedule', 'tainted'],
  ['kubectl cordon worker-1', 'cordoned'],
  ['kubectl get nodes', 'SchedulingDisabled'],
  ['kubectl uncordon worker-1', 'uncordoned'],
  ['kubectl describe node worker-1', 'Allocated resources:'],
);

steps('the end',
  ['kubectl delete pod bb --grace-period=0 --force', 'force deleted'],
  ['kubectl delete deployment web d', 'deployment.apps "web" deleted'],
  ['kubectl wait --for=delete pods -l app=web --timeout=60s', ''],
  ['kubectl delete namespace other', 'deleted'],
  ['! kubectl delete namespace default', 'this namespace may not be deleted'],
);
