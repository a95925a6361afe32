/** 시연 설치의 첫 화면. */
export const first = {
  first: {
    break: {
      ambiguous_other: '아직 확인 안 됨 {{count, number}}건',
      doubled: '원장에서 두 번 지급된 건:',
      effect:
        '{{provider}}가 {{seconds, number}}초 동안 지급은 하지만 응답하지 않고, 조회에도 답하지 않습니다. 그 뒤에는 저절로 정상으로 돌아옵니다. 새 고객은 정산 대사가 끝날 때까지 들어오지 않습니다.',
      heal: '지금 복구',
      healEffect: '지금부터 {{provider}}가 다시 응답합니다.',
      known: '잃어버린 응답을 모두 확인함',
      lost_other: '응답을 받지 못한 지급 {{count, number}}건',
      match: '재무에서 그날의 정산을 가져와 대사합니다:',
      matched_other: '지급 {{count, number}}건 대사, 차이:',
      mend: '시스템이 몇 초마다 다시 조회합니다. 한꺼번에 직접 다시 시도할 수도 있습니다:',
      retry: '일괄 재시도',
      silentUntil: '제공사가 지급만 하고 응답하지 않음, 종료 시각',
      title: '고장 내기',
      verb_other: '제공사를 {{count, number}}초 동안 고장 내기',
      wellSince: '제공사 정상 복구 시각',
      what: '제공사가 지급한 뒤 응답이 사라지는 상황입니다. 두 번 지급되는 고객이 없는지, 장부의 차이가 0인지 확인합니다.',
    },
    change: {
      count: '대상 인원 세기',
      edit: '수정하기',
      title: '바꾸고 세어 보기',
      what: '문구, 대기 시간 또는 세그먼트를 바꾸고 저장합니다. 진행 중인 고객은 기존 버전을 그대로 따릅니다.',
    },
    done: '완료',
    figures: { entered: '들어온 고객', paid: '지급', responded: '반응', sent: '발송' },
    hide: '단계 숨기기',
    launch: {
      gallery: '갤러리',
      own: '내 캠페인',
      title: '내 캠페인 시작하기',
      what: '갤러리에서 ‘VIP 감사’로 초안을 만들어 오류를 확인하고 시작합니다. 승인은 터미널에 표시된 다른 링크로 들어온 두 번째 사람이 합니다.',
    },
    note: '시연용 설치입니다. 고객, 금액, 메시지는 모두 가상이며 이 컴퓨터 밖으로 나가지 않습니다. 고객이 차례로 들어옵니다.',
    run: '실행 전체 보기',
    show: '단계 보기',
    steps: '네 단계 · {{all, number}}개 중 {{done, number}}개 완료',
    title: '움직이는 캠페인',
    watch: {
      title: '지켜보기',
      what: '들어온 고객은 메시지를 받습니다. 20초 안에 구매하면 보상이 지급되고, 나머지는 두 번째 웨이브를 받습니다.',
    },
    wave: '{{n, number}}차 웨이브',
  },
};
