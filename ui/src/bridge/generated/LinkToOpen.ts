export type LinkToOpen = { url: string; host: string; isPlain: boolean; hasConfusableHost: boolean };
