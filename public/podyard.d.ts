// The page's interface for those who embed it: `window.podyard`, in the frame that holds the page.
//
//   const yard = frame.contentWindow.podyard;
//   await yard.ready;
//   yard.setManifest("apiVersion: v1\nkind: ConfigMap\n…");
//   const { stdout } = await yard.apply();
//
// The frame's address decides what it shows:
//   ?embed=1                         only the editor and the picture, without what belongs to a page of its own
//   ?embed=1&panes=picture,terminal  the panes that are named: editor, picture, terminal, lesson
//   #p=1.…                           the session of a share link
//   #lesson=first-pod                the lesson of that id, of public/lessons/

/** What a command printed, and how it ended. */
export interface CommandResult {
  stdout: string;
  stderr: string;
  /** The exit code: 0 where all went well. */
  code: number;
}

/** How a cluster begins. */
export interface ResetOptions {
  /** The seed of its chance; the same seed gives the same history. */
  seed?: number;
  /** How many worker nodes it has. */
  nodes?: number;
  /** The cloud it pretends to run in; it decides about load balancers and firewalls. */
  profile?: "local" | "gke" | "eks";
}

export interface Podyard {
  /** Resolves once the cluster runs and commands are answered. */
  readonly ready: Promise<void>;
  /** Replaces the text of the file that the editor shows. */
  setManifest(text: string): void;
  /** The text of the file that the editor shows. */
  getManifest(): string;
  /** Does what the Apply button does. */
  apply(): Promise<CommandResult>;
  /** Runs a line of the terminal, such as `kubectl get pods`. */
  run(command: string): Promise<CommandResult>;
  /** Lets simulated time pass; resolves when it has. */
  advance(seconds: number): Promise<void>;
  /** Sets how many times faster than the clock simulated time passes; 0 pauses it. */
  setSpeed(times: number): void;
  /** A link that opens this session anywhere. */
  share(): Promise<string>;
  /** Begins again with a new cluster; the manifests stay. */
  reset(options?: ResetOptions): Promise<void>;
}

declare global {
  interface Window {
    podyard: Podyard;
  }
}
