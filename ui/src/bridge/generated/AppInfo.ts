export type AppInfo = { version: string; profile: string; automation: boolean; locale: string; link: string | null };
