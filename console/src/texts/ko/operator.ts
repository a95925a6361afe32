/** 운영 책상: 확인이 필요한 것과 스위치. */
const sweep =
  '워커가 실행 중이고 Temporal이 응답하나요? 그렇다면 1분 안에 저절로 처리됩니다. 그렇지 않으면 API와 워커의 로그에 이유가 있습니다.';

export const operator = {
  attention: {
    clear_other: '{{count, number}}건 다시 보내기',
    clearEffect_other:
      '{{subject}}의 {{count, number}}건을 다시 검사한 뒤 보냅니다. 같은 응답이 오면 대기열은 다시 멈춥니다:',
    desk: '담당 부서',
    ifRetried: '다시 시도하면',
    retry: '다시 시도…',
    none: '확인할 것이 없습니다.',
    sample: '가장 오래된 것',
    these: '대상',
    setAside_other: '{{count, number}}건 따로 두기',
    setAsideMessages_other:
      '메시지 {{count, number}}건이 따로 보내도 이 응답을 받았습니다. 영구히 보류되며, 고객은 받지 못합니다.',
    setAsideOthers: '{{subject}}의 나머지는 모두 다시 검사한 뒤 보냅니다.',
    setAsidePayouts_other:
      '지급 {{count, number}}건이 따로 보내도 이 응답을 받았습니다. 재무가 결정할 때까지 보류됩니다.',
    classes: {
      ledger_unbalanced: {
        title: '장부가 맞지 않습니다',
        cure: '누군가 장부를 직접 고쳤습니다. 누가 무엇을 고쳤는지 확인하세요. 감사가 해당 분개를 알려 줍니다.',
        retried: '아무 일도 없음: 같은 이체는 두 번 기록되지 않습니다',
      },
      ledger_unsealed: { title: '아직 봉인되지 않은 이체', cure: sweep, retried: '각각 한 번씩 봉인됩니다' },
      ledger_unsigned: {
        title: '서명되지 않은 봉인',
        cure: '워커에 원장 서명 키를 주세요. 이미 있다면 로그를 확인하세요.',
        retried: '모두를 덮는 서명이 하나 만들어집니다',
      },
      queue_stopped: {
        title: '대기열이 멈췄습니다',
        cure: '규약에 없는 응답을 받았습니다. 담당자와 이유를 확인한 뒤 다시 보내세요. 몇 건만 문제라면 따로 두고 나머지를 보낼 수 있습니다.',
        retried: '기다리던 것을 모두 다시 검사한 뒤 보냅니다',
      },
      provider_silent: {
        title: '지급사가 응답하지 않습니다',
        cure: '지급사가 살아 있고 워커가 닿을 수 있나요?',
        retried: '가끔 한 건이 시도하고, 응답이 오면 나머지도 나갑니다',
      },
      build_deserted: {
        title: '워커가 없는 빌드',
        cure: '이 빌드에 묶인 워크플로가 있는데 이 빌드의 워커가 없습니다. 워커를 시작하세요. 현재 빌드인데 물려야 한다면 `pado deployment rollback`, 다시 쓰지 않을 빌드라면 `pado deployment abandon`을 실행하세요.',
        retried: '이 빌드의 워커만 이어받을 수 있습니다. 포기하면 현재 빌드에서 다시 시작됩니다',
      },
      run_overdue: {
        title: '열리거나 마감되어야 할 실행',
        cure: sweep,
        retried: '대상이 확정되거나 마감됩니다. 각각 한 번만 일어납니다',
      },
      lane_overdue: {
        title: '때가 된 사람이 움직이지 않습니다',
        cure: sweep,
        retried: '때가 된 사람을 한 번씩 결정합니다',
      },
      start_overdue: {
        title: '시작 시각이 지났습니다',
        cure: sweep,
        retried: '한 번 시작되거나, 놓친 것으로 건너뜁니다',
      },
      switch_unfinished: {
        title: '끝나지 않은 스위치',
        cure: sweep,
        retried: '남은 것이 한 번 옮겨집니다',
      },
      message_overdue: {
        title: '나가야 할 메시지가 나가지 않습니다',
        cure: '이 게이트웨이가 설정된 워커가 실행 중인가요?',
        retried: '다시 검사한 뒤 한 번 보내거나 만료됩니다',
      },
      payout_overdue: {
        title: '제출할 지급이 제출되지 않습니다',
        cure: '이 지급사가 설정된 워커가 실행 중인가요?',
        retried: '다시 검사한 뒤 한 번 제출됩니다',
      },
      lookup_overdue: {
        title: '결과를 물어야 하는데 묻지 않고 있습니다',
        cure: '이것이 설정된 워커가 실행 중인가요?',
        retried: '우리 키로 묻기만 하고, 아무것도 보내지 않습니다',
      },
      event_backlog: {
        title: '도착하지 못한 이벤트',
        cure: sweep,
        retried: '각각 한 번만 전해집니다',
      },
      participant_failed: {
        title: '데이터를 쓸 수 없는 고객',
        cure: '어떤 데이터인지 확인해 고친 뒤, 다른 실행에 넣으세요.',
        retried: '아무 일도 없음: 이 실행에서는 이미 끝났습니다',
      },
      link_failed: {
        title: '다음 캠페인으로 가지 못한 고객',
        cure: '데이터를 고친 뒤 다시 전하세요.',
        retried: '들어갈 수 있는 사람은 한 번 들어갑니다',
      },
      message_ambiguous: {
        title: '접수되었는지 알 수 없는 메시지',
        cure: '게이트웨이가 살아 있나요? 아니면 담당자의 수신 결과가 필요합니다.',
        retried: '번호로 다시 묻고, 반복이 안전할 때만 다시 보냅니다',
      },
      payout_ambiguous: {
        title: '지급되었는지 알 수 없는 건',
        cure: '지급사가 살아 있나요? 지급사의 알림으로도 정해집니다.',
        retried: '키로 다시 묻고, 반복이 안전할 때만 다시 제출합니다. 아니면 보류합니다',
      },
      payout_held: {
        title: '결정을 기다리는 지급',
        cure: '지급사에 묻거나 승인하세요. 취소와 확정은 두 사람이 합니다.',
        retried: '다시 검사하고, 이미 지급되었을 가능성이 없을 때만 제출합니다',
      },
      payout_unapproved: {
        title: '승인을 기다리는 지급',
        cure: '합계를 확인한 뒤 승인하세요.',
        retried: '아무 일도 없음: 캠페인을 시작했거나 실행을 연 사람이 아닌 다른 사람을 기다립니다',
      },
      payout_owed: {
        title: '지급사가 거절한 보상',
        cure: '다시 지급하거나, 두 사람이 포기를 결정하세요.',
        retried: '새 키로 다시 지급됩니다. 한 번만 지급됩니다',
      },
      settlement_break: {
        title: '정산과 장부가 다릅니다',
        cure: '두 사람이 인정하거나 차액을 기록하세요.',
        retried: '다시 대조해도 같은 차이는 같은 건입니다',
      },
      file_unwritten: {
        title: '나가지 못한 지급 파일',
        cure: '워커가 이 제휴사의 폴더에 쓸 수 있나요? 같은 번호로 다른 파일이 있지는 않나요? 그 파일은 덮어쓰지 않으니 옮겨 주세요.',
        retried: '같은 번호의 같은 파일이 그대로 쓰입니다',
      },
      file_missing: {
        title: '빠진 결과 파일',
        cure: '같은 번호로 제휴사에 다시 요청하세요.',
        retried: '파일이 올 때까지 아무 일도 없습니다. 오면 한 번 처리됩니다',
      },
    },
  },
  switches: {
    another: '스위치 바꾸기',
    kinds: {
      all: '전체',
      campaign: '캠페인',
      channel: '채널',
      gateway: '게이트웨이',
      payouts: '모든 지급',
      'payouts/campaign': '캠페인의 지급',
      'payouts/kind': '종류별 지급',
      provider: '지급사',
      run: '실행',
    },
    known: '지금까지의 스위치',
    name: '이름',
    none: '바꾼 스위치가 없습니다. 모두 진행 중입니다.',
    note: '그때부터 모든 프로세스의 모든 결정과 발송에 적용됩니다.',
    scope: '범위',
  },
};
