export type Settings = { theme: 'system' | 'light' | 'dark'; language: 'system' | 'en' | 'zh-CN'; textSize: 'small' | 'medium' | 'large' };
