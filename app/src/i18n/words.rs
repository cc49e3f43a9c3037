//! Every word of the interface, both languages side by side: a word without
//! its translation does not compile.

use super::Language;

macro_rules! words {
    ($($word:ident: $english:literal, $korean:literal;)*) => {
        /// A word or sentence of the interface, named after its English text.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Word {
            $(#[doc = $english] $word,)*
        }

        impl Word {
            /// Every word.
            #[cfg(test)]
            pub(crate) const ALL: &[Self] = &[$(Self::$word,)*];

            /// The word in a language.
            pub(crate) fn text(self, language: Language) -> &'static str {
                match (self, language) {
                    $(
                        (Self::$word, Language::English) => $english,
                        (Self::$word, Language::Korean) => $korean,
                    )*
                }
            }
        }
    };
}

words! {
    // The bar.
    Title: "Podyard", "Podyard";
    Apply: "Apply", "적용";
    ApplyHint: "Apply the manifests to the cluster (Ctrl+Enter)", "매니페스트를 클러스터에 적용 (Ctrl+Enter)";
    Share: "Share", "공유";
    ShareHint: "Share this session, or open another", "이 세션을 공유하거나 다른 세션 열기";
    Reset: "Reset", "초기화";
    ResetHint: "Start a new, empty cluster. Your text stays.", "비어 있는 새 클러스터로 시작합니다. 작성한 내용은 그대로 남습니다.";
    Theme: "Theme", "테마";
    ThemeLight: "Light", "밝게";
    ThemeDark: "Dark", "어둡게";
    Lesson: "Lesson", "학습";
    Speed: "Speed of time", "시간 속도";
    Paused: "Paused", "일시 정지";
    PaceHint: "{0} times as fast as real time", "실제 시간의 {0}배 속도";

    // Panes.
    Editor: "Editor", "편집기";
    Yaml: "YAML", "YAML";
    Picture: "Cluster", "클러스터";
    Terminal: "Terminal", "터미널";
    Timeline: "Timeline", "타임라인";
    Panes: "Panes", "창 선택";
    ResizeColumns: "Resize the editor and the cluster", "편집기와 클러스터 크기 조절";
    ResizeRows: "Resize the editor and the terminal", "편집기와 터미널 크기 조절";

    // Editor.
    Files: "Files", "파일";
    AddFile: "New file", "새 파일";
    CloseFile: "Close {0}", "{0} 닫기";
    RenameFile: "Rename the file", "파일 이름 바꾸기";
    LeaveEditor: "Leave the editor with Tab", "Tab으로 편집기 나가기";
    LeavingEditor: "Press Tab to leave the editor.", "Tab을 누르면 편집기를 나갑니다.";
    ManifestText: "Manifest text", "매니페스트 내용";
    Problems: "Problems", "문제";
    NoProblems: "No problems found", "문제가 없습니다";
    ProblemAt: "{0}, line {1}", "{0}, {1}번째 줄";
    Fix: "Fix", "고치기";
    HelpMeantToBe: "Did you mean {0}?", "혹시 {0} 인가요?";
    HelpBelongsTo: "{0} belongs to {1}: move it there.", "{0} 필드는 {1} 안으로 옮기세요.";
    HelpSpaceAfterColon: "A colon needs a space after it.", "콜론 뒤에는 공백이 필요합니다.";
    HelpIndentation: "This line is indented differently from the one it belongs with. Fields of one object start in the same column.", "이 줄의 들여쓰기가 맞지 않습니다. 같은 오브젝트의 필드는 같은 열에서 시작해야 합니다.";
    HelpTabs: "YAML is indented with spaces, not with tabs.", "YAML은 탭이 아니라 공백으로 들여씁니다.";

    HelpLabelsOfTemplate: "The Pods made from the template need the labels that the selector looks for.", "템플릿으로 만드는 파드에는 셀렉터가 찾는 레이블이 있어야 합니다.";
    FieldRequired: "required", "필수";
    FieldDefault: "Default", "기본값";
    FieldChoices: "One of", "가능한 값";
    FieldLive: "In the cluster now", "지금 클러스터에 있는 값";
    SelectsNobody: "selects no Pod", "선택한 파드 없음";
    SelectsOne: "selects 1 Pod", "파드 1개 선택";
    Selects: "selects {0} Pods", "파드 {0}개 선택";

    // The picture.
    Views: "Views", "보기";
    AspectCluster: "Cluster", "클러스터";
    AspectObjects: "Objects", "오브젝트";
    AspectTraffic: "Traffic", "트래픽";
    SystemPods: "System Pods", "시스템 파드";
    SystemPodsHint: "Show the Pods the cluster itself runs on", "클러스터 자체를 구동하는 파드 표시";
    Wishes: "Workloads and Services", "워크로드와 서비스";
    Nodes: "Nodes", "노드";
    Unscheduled: "Waiting for a node", "노드를 기다리는 중";
    Loose: "Pods without an owner", "소유자가 없는 파드";
    Clients: "Pods behind no Service", "서비스에 연결되지 않은 파드";
    Unused: "Other objects", "그 밖의 오브젝트";
    NamespaceOf: "Namespace {0}", "네임스페이스 {0}";
    FoldOf: "{0} Pods of {1}", "{1}의 파드 {0}개";
    Outside: "Outside", "바깥";
    RolloutBounds: "A rollout keeps at least {0} Pods available and never has more than {1}.", "롤아웃 중에도 최소 {0}개의 파드를 유지하고 {1}개를 넘지 않습니다.";
    PictureHelp: "Arrow keys move, Enter opens, Escape closes.", "화살표 키로 이동, Enter로 열기, Esc로 닫기.";
    EmptyTitle: "An empty cluster, ready for work", "작업을 기다리는 빈 클러스터";
    EmptyOwn: "Apply the manifest in the editor, or type a command in the terminal.", "편집기의 매니페스트를 적용하거나 터미널에 명령을 입력하세요.";
    EmptyAction: "Apply the manifest", "매니페스트 적용";
    Starting: "Starting the cluster…", "클러스터를 시작하는 중…";
    Revision: "revision {0}", "리비전 {0}";
    ControlPlane: "control plane", "컨트롤 플레인";
    Worker: "worker", "워커";
    Cordoned: "cordoned", "스케줄 중지됨";
    NodeReady: "Ready", "준비됨";
    NodeNotReady: "Not ready", "준비 안 됨";
    NodeUnknown: "Not heard of", "응답 없음";
    SystemPodsOfNode: "{0} system Pods", "시스템 파드 {0}개";
    Restarts: "{0} restarts", "재시작 {0}회";
    NoEndpoints: "no endpoints", "엔드포인트 없음";
    PodsReady: "{1} of {0} Pods ready", "파드 {0}개 중 {1}개 준비됨";

    // Inspector.
    Inspector: "Details", "상세 정보";
    Close: "Close", "닫기";
    Summary: "Summary", "요약";
    Describe: "Describe", "Describe 출력";
    Events: "Events", "이벤트";
    NoEvents: "No events about this object.", "이 오브젝트에 관한 이벤트가 없습니다.";
    Loading: "Loading…", "불러오는 중…";
    FieldNamespace: "Namespace", "네임스페이스";
    FieldStatus: "Status", "상태";
    FieldNode: "Node", "노드";
    FieldAddress: "Address", "주소";
    FieldReady: "Ready", "준비";
    FieldRestarts: "Restarts", "재시작";
    FieldAge: "Age", "경과 시간";
    FieldOwner: "Controlled by", "관리 주체";
    FieldRevision: "Revision", "리비전";
    FieldImage: "Image", "이미지";
    FieldContainers: "Containers", "컨테이너";
    FieldReplicas: "Replicas", "레플리카";
    FieldType: "Type", "유형";
    FieldExternal: "External address", "외부 주소";
    FieldPorts: "Ports", "포트";
    FieldSelector: "Selector", "셀렉터";
    FieldEndpoints: "Endpoints", "엔드포인트";
    FieldCpu: "CPU", "CPU 자원";
    FieldMemory: "Memory", "메모리";
    FieldPods: "Pods", "파드";

    // Why, and what can be done.
    Why: "Why?", "왜?";
    WhyHere: "Who made it, and what happened", "누가 만들었고 무슨 일이 있었나요";
    SchedulerChose: "The scheduler chose {0}", "스케줄러가 {0}을(를) 골랐습니다";
    SchedulerWaits: "No node takes it", "받아 주는 노드가 없습니다";
    GoToLine: "{0}, line {1}", "{0}, {1}번째 줄";
    Deeds: "What can be done", "할 수 있는 일";
    DeedScaleUp: "One more", "하나 더";
    DeedScaleDown: "One less", "하나 덜";
    DeedRestart: "Restart", "재시작하기";
    DeedUndo: "Undo rollout", "롤아웃 되돌리기";
    DeedCordon: "Cordon", "스케줄 막기";
    DeedUncordon: "Uncordon", "스케줄 다시 허용";
    DeedDrain: "Drain", "비우기";
    DeedStop: "Stop", "멈추기";
    DeedStart: "Start", "다시 켜기";
    DeedLogs: "Logs", "로그";
    DeedDelete: "Delete", "삭제";

    PlainImage: "The node cannot fetch the image {0}. Check its name and its tag: a registry answers that there is no such image, or that you may not have it. The node tries again and again, and waits longer each time.", "노드가 {0} 이미지를 받지 못합니다. 이미지 이름과 태그를 확인하세요. 그런 이미지가 없거나 받을 권한이 없다는 뜻입니다. 노드는 간격을 늘려 가며 계속 다시 시도합니다.";
    PlainCrash: "The container starts and ends at once; it has been restarted {0} times, with longer pauses each time. What it printed before it ended tells why.", "컨테이너가 시작하자마자 끝납니다. 지금까지 {0}번 재시작했고 간격은 점점 길어집니다. 끝나기 전에 출력한 로그에 이유가 있습니다.";
    PlainConfig: "The container needs a ConfigMap or a Secret, or a key in it, that does not exist. It starts as soon as that is there.", "컨테이너에 필요한 ConfigMap이나 Secret, 또는 그 안의 키가 없습니다. 만들어 주면 바로 시작합니다.";
    PlainMemory: "The container used more memory than its limit, and was killed.", "컨테이너가 메모리 제한보다 많이 써서 강제로 종료되었습니다.";
    PlainError: "The container ended with an error. Its log tells why.", "컨테이너가 오류로 끝났습니다. 로그에 이유가 있습니다.";
    PlainEvicted: "The node ran short of something and put the Pod out. Whoever owns it makes a new one elsewhere.", "노드에 자원이 부족해 파드가 쫓겨났습니다. 소유자가 있으면 다른 곳에 새로 만듭니다.";
    PlainTerminating: "The Pod has been asked to end. It gets no new requests, and has 30 seconds or as long as its manifest grants.", "파드가 종료 요청을 받았습니다. 새 요청은 받지 않으며, 30초 또는 매니페스트에 정한 시간 안에 끝납니다.";
    PlainUnscheduled: "No node can take this Pod, so it waits. Why? lists what each node lacks.", "이 파드를 받을 수 있는 노드가 없어 기다리는 중입니다. 왜? 탭에서 노드마다 무엇이 부족한지 볼 수 있습니다.";
    PlainNotReady: "The container runs, but its readiness probe does not succeed, so no Service sends it requests.", "컨테이너는 실행 중이지만 readiness 프로브가 성공하지 않아 서비스가 요청을 보내지 않습니다.";
    PlainLost: "Nothing has been heard of node {0}. After five minutes the Pod is given up and made anew elsewhere.", "{0} 노드에서 소식이 없습니다. 5분이 지나면 이 파드를 포기하고 다른 곳에 새로 만듭니다.";
    PlainNoEndpoints: "No Pod has the labels {0} that this Service looks for, so requests have nowhere to go. Compare them with the labels of your Pods.", "이 서비스가 찾는 {0} 레이블을 가진 파드가 없어 요청이 갈 곳이 없습니다. 파드의 레이블과 비교해 보세요.";
    PlainNoneReady: "Pods match this Service, but none of them is ready yet, so requests have nowhere to go.", "서비스에 맞는 파드는 있지만 아직 준비된 것이 없어 요청이 갈 곳이 없습니다.";
    PlainPendingAddress: "A load balancer is made by a cloud. Where there is one, this takes about a minute. A bare cluster, as one on your own machine, has nobody who makes it, and <pending> stays for ever: a NodePort is reached without.", "로드 밸런서는 클라우드가 만듭니다. 클라우드에서는 1분쯤 걸립니다. 내 컴퓨터에 띄운 클러스터처럼 만들어 줄 곳이 없으면 <pending>이 계속됩니다. NodePort는 로드 밸런서 없이도 접속할 수 있습니다.";
    PlainCordoned: "This node is cordoned: its Pods go on, but it gets no new ones.", "스케줄이 막힌 노드입니다. 있던 파드는 계속 실행되지만 새 파드는 받지 않습니다.";
    PlainNodeStopped: "This machine is switched off, and the cluster does not know yet: it notices when the node has not been heard of for most of a minute.", "이 머신은 꺼져 있지만 클러스터는 아직 모릅니다. 1분 가까이 노드의 소식이 없으면 알아차립니다.";
    PlainNodeLost: "Nothing has been heard of this node. After five minutes its Pods are given up and made anew elsewhere; when it comes back it takes new ones again.", "이 노드에서 소식이 없습니다. 5분이 지나면 파드를 포기하고 다른 곳에 새로 만듭니다. 노드가 돌아오면 다시 파드를 받습니다.";

    // Requests.
    SendRequest: "Send", "보내기";
    SendTraffic: "Send traffic", "계속 보내기";
    TrafficRate: "Requests a second", "초당 요청 수";
    PerSecond: "{0}/s", "초당 {0}개";
    TrafficRuns: "Traffic", "트래픽";
    TrafficStop: "Stop {0}", "{0} 멈추기";
    TrafficSent: "{0} sent", "{0}개 보냄";
    TrafficFailed: "{0} failed", "{0}개 실패";
    TrafficAllWell: "none failed", "실패 없음";
    TrafficShares: "What each endpoint got", "엔드포인트별 비율";
    TrafficHistory: "Failures over time: {0} of the last {1} looks saw one", "시간에 따른 실패: 최근 {1}번 중 {0}번";
    TrafficTook: "half within {0}, 99 of 100 within {1}", "절반은 {0} 안에, 100개 중 99개는 {1} 안에";
    RequestFrom: "From", "보내는 곳";
    RequestTo: "To", "받는 곳";
    OutsideCluster: "Outside the cluster", "클러스터 바깥";
    FreshPod: "A new Pod", "새 파드";
    LoadBalancer: "load balancer", "로드 밸런서";
    EndConnected: "Connected", "연결됨";
    EndUnknown: "No answer yet", "아직 응답 없음";
    EndUnknownHost: "Unknown name", "알 수 없는 이름";
    EndRefused: "Connection refused", "연결 거부됨";
    EndTimedOut: "Timed out", "시간 초과";
    EndNoRoute: "No route to host", "경로 없음";
    EndReset: "Connection reset", "연결이 끊김";
    EndTls: "TLS failed", "TLS 실패";
    HopOutside: "A client outside the cluster asks.", "클러스터 바깥의 클라이언트가 요청합니다.";
    HopCaller: "{0} asks.", "{0}에서 요청합니다.";
    HopDns: "DNS knows the name {0}.", "DNS가 {0} 이름을 찾습니다.";
    HopBalancer: "The load balancer at {0} takes it.", "{0} 로드 밸런서가 받습니다.";
    HopNodePort: "Node {0} takes it on port {1}.", "{0} 노드가 {1}번 포트로 받습니다.";
    HopService: "The rules of Service {0} choose one of {1} endpoints.", "서비스 {0}의 규칙이 엔드포인트 {1}개 중 하나를 고릅니다.";
    HopSnat: "The node puts its own address in place of the sender's.", "노드가 보낸 쪽 주소를 자기 주소로 바꿉니다.";
    HopFirewall: "A rule of the cloud's firewall lets it in.", "클라우드 방화벽 규칙이 통과시킵니다.";
    HopIngress: "The Ingress controller follows a rule of {0}.", "인그레스 컨트롤러가 {0}의 규칙을 따릅니다.";
    HopCrossing: "It crosses to another node.", "다른 노드로 건너갑니다.";
    HopPolicyIgnored: "A NetworkPolicy forbids it, but this cluster's network does not enforce policies.", "NetworkPolicy는 금지하지만 이 클러스터의 네트워크는 정책을 적용하지 않습니다.";
    HopPod: "It reaches Pod {0}.", "파드 {0}에 도착합니다.";
    HopAnswer: "The container answers with status {0}.", "컨테이너가 응답합니다: 상태 코드 {0}";
    WhyFirewall: "The cloud's firewall lets nobody in on this port until a rule opens it.", "규칙으로 열기 전까지 클라우드 방화벽이 이 포트를 막습니다.";
    WhySelector: "spec.selector matches no Pod, so the Service has nobody to send it to.", "spec.selector에 맞는 파드가 없어 서비스가 요청을 보낼 곳이 없습니다.";
    WhyNoSelector: "The Service has no selector, and nobody has given it endpoints.", "서비스에 selector가 없고 직접 만든 엔드포인트도 없습니다.";
    WhyNotReady: "Pods match the selector, but none is ready. {0}", "selector에 맞는 파드는 있지만 준비된 것이 없습니다. {0}";
    WhyPortName: "No Pod has a container port named {0}.", "{0}이라는 이름의 컨테이너 포트를 가진 파드가 없습니다.";
    WhyOtherNamespace: "A Service of this name is in namespace {0}: ask for name.{0}.", "이 이름의 서비스는 {0} 네임스페이스에 있습니다. 이름.{0} 형식으로 불러야 합니다.";
    WhyNoDns: "The cluster's DNS does not answer: no CoreDNS Pod is ready.", "클러스터 DNS가 응답하지 않습니다. 준비된 CoreDNS 파드가 없습니다.";
    WhyEnded: "The Pod is there, but its container does not run.", "파드는 있지만 컨테이너가 실행 중이 아닙니다.";
    WhySourceRanges: "The sender's address {0} is in none of the ranges allowed.", "보낸 쪽 주소 {0}이(가) 허용된 범위에 없습니다.";
    WhyPolicyIngress: "A NetworkPolicy isolates the receiver and does not let this sender in.", "NetworkPolicy가 받는 파드를 격리하고 이 요청을 허용하지 않습니다.";
    WhyPolicyEgress: "A NetworkPolicy isolates the sender and does not let it reach this address.", "NetworkPolicy가 보내는 파드를 격리하고 이 주소로 나가지 못하게 합니다.";
    WhyNodeDown: "The node does not run.", "노드가 실행 중이 아닙니다.";
    WhyNetworkCut: "The network between the two nodes is cut.", "두 노드 사이의 네트워크가 끊어졌습니다.";
    WhyIngressRule: "No Ingress has a rule for {0}.", "{0}에 맞는 인그레스 규칙이 없습니다.";
    WhyIngressService: "The Ingress names Service {0}, which does not exist.", "인그레스가 가리키는 {0} 서비스가 없습니다.";
    WhyPolicy: "With externalTrafficPolicy: Local a node hands requests only to Pods of its own, and it has none that is ready.", "externalTrafficPolicy: Local이면 노드는 자기 파드에만 요청을 전달하는데, 이 노드에는 준비된 파드가 없습니다.";
    WhyInside: "A cluster IP exists only inside the cluster. spec.type NodePort or LoadBalancer opens a way in.", "클러스터 IP는 클러스터 안에서만 통합니다. spec.type을 NodePort나 LoadBalancer로 바꾸면 밖에서 들어올 수 있습니다.";
    WhyPorts: "The Service has no such port in spec.ports.", "서비스의 spec.ports에 이 포트가 없습니다.";
    WhyUnknownHost: "The sender's DNS knows no such name. Names of Services work only inside the cluster, and from another namespace only as name.namespace.", "보낸 쪽의 DNS에 이 이름이 없습니다. 서비스 이름은 클러스터 안에서만 통하고, 다른 네임스페이스에서는 name.namespace 형식으로 불러야 합니다.";
    WhyRefused: "Nothing in the container listens on this port. targetPort must be the port that the program listens on: {0}.", "컨테이너에서 이 포트를 여는 프로그램이 없습니다. targetPort는 프로그램이 실제로 여는 포트여야 합니다: {0}";
    WhyNobody: "Nobody answers at this address.", "이 주소에서 아무도 응답하지 않습니다.";
    WhyNoRoute: "The Pod behind this endpoint is gone, but the rules have not heard of it yet.", "이 엔드포인트의 파드는 사라졌지만 규칙에 아직 반영되지 않았습니다.";
    WhyReset: "The server closed the connection without an answer.", "서버가 응답 없이 연결을 끊었습니다.";
    WhyTls: "TLS was spoken to a port that does not speak it, or its certificate does not fit.", "TLS를 쓰지 않는 포트에 TLS로 접속했거나 인증서가 맞지 않습니다.";

    // Terminal.
    CommandLine: "Command line", "명령줄";
    TerminalHint: "Try kubectl get pods", "kubectl get pods 를 입력해 보세요";
    Interrupt: "Stop", "중지";
    EndInput: "End input", "입력 끝내기";
    EndInputHint: "Nothing more will be typed (Ctrl+D)", "더 입력하지 않음 (Ctrl+D)";
    TypedInput: "Input of the running command", "실행 중인 명령의 입력";
    TypedHint: "Typed into the running command. Ctrl+D ends the input.", "실행 중인 명령에 입력됩니다. Ctrl+D를 누르면 입력이 끝납니다.";
    TerminalWelcome: "This is kubectl, talking to the cluster beside it. Tab completes, ↑ recalls.", "옆 클러스터에 연결된 kubectl입니다. Tab으로 자동 완성, ↑로 이전 명령을 불러옵니다.";

    // Timeline.
    Play: "Let time run", "시간 진행";
    Pause: "Stop time", "시간 정지";
    Step: "Go to the next event", "다음 사건으로 이동";
    Seek: "Moment shown", "보고 있는 시점";
    Past: "Looking back", "지난 시점을 보는 중";
    Branch: "Go on from here", "여기서 이어 가기";
    BranchHint: "Give up what came later, and go on from this moment", "이후의 일을 버리고 이 시점에서 이어 갑니다";
    ToEnd: "Back to now", "현재로 돌아가기";
    TimePassed: "Time since the cluster began", "클러스터 시작 후 경과 시간";

    // Lesson.
    LessonDone: "You have finished this lesson.", "이 학습을 마쳤습니다.";
    RunCommand: "Run", "실행";
    LoadFile: "Load", "불러오기";
    LetSecondsPass: "Let {0} s pass", "{0}초 보내기";
    LetMinutesPass: "Let {0} min pass", "{0}분 보내기";
    Prints: "It prints:", "출력:";
    AllLessons: "All lessons", "학습 목록";
    LessonList: "Lessons", "학습 목록";
    LessonsDone: "{0} of {1} lessons finished", "학습 {1}개 중 {0}개 완료";
    StepOf: "Step {0} of {1}", "{1}단계 중 {0}단계";
    Finished: "finished", "완료";
    StepsDone: "{0} of {1} steps", "{1}단계 중 {0}단계 완료";
    LeaveLesson: "Back to my work", "내 작업으로 돌아가기";
    RestartLesson: "Start again", "처음부터 다시";
    NextLesson: "Next: {0}", "다음: {0}";
    Predict: "Predict first", "먼저 예상해 보세요";
    Right: "Just so.", "맞습니다.";
    Wrong: "Not quite.", "조금 다릅니다.";
    GiveHint: "Give me a hint", "힌트 보기";
    NextHint: "Another hint", "힌트 더 보기";
    HintObserve: "Look", "살펴보기";
    HintDirection: "Which way", "방향";
    HintAlmost: "Almost there", "거의 다";
    ShowThing: "Show it", "그림에서 보기";
    ExportProgress: "Save progress", "진도 저장";
    ImportProgress: "Load progress", "진도 불러오기";
    LessonIntro: "Short lessons of about five minutes. Your own files and cluster are kept while you learn.", "5분쯤 걸리는 짧은 학습입니다. 배우는 동안 내 파일과 클러스터는 그대로 보관됩니다.";
    PictureAlt: "Picture: {0}", "그림: {0}";

    // Sharing.
    ShareTitle: "Share this session", "세션 공유";
    ShareWhat: "What to share", "공유할 내용";
    ShareWhole: "Everything that was done", "지금까지 한 모든 것";
    ShareFiles: "Only the files", "파일만";
    ShareLink: "Link", "링크";
    CopyLink: "Copy link", "링크 복사";
    CopyMarkdown: "Copy as Markdown", "Markdown으로 복사";
    CopyFrame: "Copy embed code", "삽입 코드 복사";
    SaveFile: "Save as file", "파일로 저장";
    OpenFile: "Open a file", "파일 열기";
    RecentSessions: "Last sessions", "최근 세션";
    SizeSmall: "{0} characters: fits into any message", "{0}자: 어떤 메시지에도 들어갑니다";
    SizeMedium: "{0} characters: some chats cut it", "{0}자: 일부 채팅에서는 잘릴 수 있습니다";
    SizeLarge: "{0} characters: save it as a file instead", "{0}자: 파일로 저장하는 편이 낫습니다";

    // Notices.
    LessonBroken: "This lesson cannot be opened.", "이 학습을 열 수 없습니다.";
    FileLoaded: "Loaded into the editor:", "편집기에 불러온 파일:";
    ProgressTaken: "Progress loaded. Lessons finished:", "진도를 불러왔습니다. 완료한 학습 수:";
    ProgressBroken: "This file holds no progress.", "진도 파일이 아닙니다.";
    LinkCopied: "Copied", "복사했습니다";
    LinkBroken: "This link is damaged or cut off. Your own work is unchanged.", "링크가 손상되었거나 잘렸습니다. 내 작업은 그대로입니다.";
    LinkForeign: "This is no link of Podyard. Your own work is unchanged.", "Podyard 링크가 아닙니다. 내 작업은 그대로입니다.";
    LinkNewer: "A newer Podyard made this link. Reload the page to get the newest one. Your own work is unchanged.", "더 새로운 Podyard에서 만든 링크입니다. 페이지를 새로고침해 보세요. 내 작업은 그대로입니다.";
    LinkTooLarge: "This link holds more than can be opened. Your own work is unchanged.", "링크에 담긴 내용이 너무 많습니다. 내 작업은 그대로입니다.";
    LinkDiffers: "An older Podyard made this link. Some of the story may differ now.", "이전 버전의 Podyard에서 만든 링크입니다. 일부 내용이 다를 수 있습니다.";
    Crashed: "The cluster stopped working and was started anew. Your text is safe.", "클러스터가 멈춰서 새로 시작했습니다. 작성한 내용은 안전합니다.";
    NoWorker: "The cluster could not be started in this browser.", "이 브라우저에서 클러스터를 시작할 수 없습니다.";
}
