/** 준비된 캠페인 갤러리. */
export const gallery = {
  gallery: {
    blanks: '채울 내용',
    blanksNote: '초안이 만들어집니다. 다른 캠페인과 똑같이 확인하고, 다른 사람이 승인한 뒤 시작합니다.',
    choose: '선택…',

    make: '초안 만들기',
    none: {
      budget: '열린 예산이 없습니다. 재무 담당자가 먼저 만들어야 합니다.',
      gateway: '설정된 게이트웨이가 없습니다. 운영자에게 문의하십시오.',
      provider: '설정된 제공사가 없습니다. 운영자에게 문의하십시오.',
      segment: '세그먼트가 없습니다. 먼저 규칙을 정하거나 명단을 올리십시오.',
    },
    note: '몇 가지만 채우면 바로 쓸 수 있는 캠페인입니다.',
    unit: '단위',
    units: { days: '일', hours: '시간', minutes: '분' },
    use: '사용',
  },
};

export default gallery;
