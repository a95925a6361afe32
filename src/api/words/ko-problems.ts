/**
 * What a request is refused with, in Korean: titles of RFC 9457 problems and their details.
 */
import type { Words } from './words.js';

export const KOREAN_PROBLEMS: Words = {
  // titles
  'The request cannot be read': '요청을 읽을 수 없습니다',
  'The request has faults': '요청에 오류가 있습니다',
  'A valid key or a session is needed': '유효한 키나 로그인이 필요합니다',
  'The signature does not verify': '서명을 확인할 수 없습니다',
  'Your role may not do that': '권한이 없는 작업입니다',
  'Nothing shows that our own page asks for this': '이 콘솔에서 보낸 요청인지 확인할 수 없습니다',
  'Another person has to approve this': '다른 사람의 승인이 필요합니다',
  'There is no such thing': '찾을 수 없습니다',
  'This method is not offered here': '지원하지 않는 메서드입니다',
  'The request took too long to arrive': '요청을 받는 데 너무 오래 걸렸습니다',
  'The present state does not allow that': '지금 상태에서는 할 수 없는 작업입니다',
  'The same request is still in progress': '같은 요청을 아직 처리하고 있습니다',
  'It has been changed since you read it': '읽은 뒤에 다른 사람이 변경했습니다',
  'The request is too large': '요청이 너무 큽니다',
  'This content type is not accepted': '지원하지 않는 콘텐츠 형식입니다',
  'The content has faults': '내용에 오류가 있습니다',
  'The idempotency key stands for another request': '이 멱등 키는 이미 다른 요청에 쓰였습니다',
  'If-Match is needed': 'If-Match 헤더가 필요합니다',
  'Too many requests': '요청이 너무 많습니다',
  'The request has too many headers, or its address and headers are too large':
    '헤더가 너무 많거나 주소와 헤더가 너무 큽니다',
  'Something went wrong on our side': '서버에서 문제가 발생했습니다',
  'Not available just now': '지금은 이용할 수 없습니다',
  'A time or text is not one that can be stored.': '저장할 수 없는 시각이나 문자가 있습니다.',

  // campaigns and runs
  'A run exists already.': '이미 실행이 있습니다.',
  'A segment, template or lucky box it names has changed; validate it again.':
    '사용 중인 세그먼트, 템플릿 또는 럭키박스가 변경되었습니다. 다시 검증하십시오.',
  'Something it names has changed; validate it again.': '사용 중인 항목이 변경되었습니다. 다시 검증하십시오.',
  'Not what was approved, or closed: {}; validate it again.':
    '승인된 내용과 다르거나 종료된 항목이 있습니다({1}). 다시 검증하십시오.',
  'The campaign has ended.': '종료된 캠페인입니다.',
  'The campaign has never been launched.': '아직 시작한 적이 없는 캠페인입니다.',
  'The campaign would never start.': '이 캠페인은 시작되지 않습니다.',
  'The campaign exists: say which revision you change.': '이미 있는 캠페인입니다. 변경할 리비전을 지정하십시오.',
  'The campaign is {}; only a validated one can be approved.':
    '캠페인 상태가 {1}입니다. 검증된 캠페인만 승인할 수 있습니다.',
  'The campaign is {}; only an approved one can be launched.':
    '캠페인 상태가 {1}입니다. 승인된 캠페인만 시작할 수 있습니다.',
  'The review of this advertising is not valid when it would start.': '시작 시점에 광고 심의필이 유효하지 않습니다.',
  'The draft has faults.': '초안에 오류가 있습니다.',
  'The run has ended.': '종료된 실행입니다.',
  'The run is stopped.': '중지된 실행입니다.',
  'The run is {}: nobody waits in it.': '실행 상태가 {1}입니다. 대기 중인 고객이 없습니다.',
  'The run is paused, or its resume is not finished: its clock stands.':
    '실행이 일시정지되었거나 아직 재개 중입니다. 실행의 시계가 멈춰 있습니다.',
  'The node map has faults.': '노드 매핑에 오류가 있습니다.',
  'Nobody waits at the mapped nodes.': '매핑한 노드에서 대기 중인 고객이 없습니다.',
  'More people wait there than you have confirmed.': '확인한 수보다 더 많은 고객이 대기하고 있습니다.',
  'what this table tells expired on {}': '이 표의 내용은 {1}에 보존 기간이 끝났습니다',
  'There is another {} {}: nothing is replaced.': '같은 이름의 다른 {1}({2})이(가) 있습니다. 바꾸지 않았습니다.',
  'It has been stopped, which is final.': '이미 중지되었습니다. 중지는 되돌릴 수 없습니다.',
  'It is being resumed; pause it when that has ended.': '재개하는 중입니다. 재개가 끝난 뒤 일시정지하십시오.',
  'An uploaded list stays uploaded, a ruled one ruled.':
    '업로드한 목록은 업로드로만, 규칙으로 만든 목록은 규칙으로만 바꿀 수 있습니다.',
  'The list is ruled by the segment {}.': '이 목록은 세그먼트 {1}의 규칙으로 정해집니다.',
  'The segment is asked of another source: an upload needs a key of its own.':
    '다른 소스를 쓰는 세그먼트입니다. 업로드에는 새 키를 사용하십시오.',
  'It took longer than {} seconds and was given up.': '{1}초 안에 끝나지 않아 중단했습니다.',
  'The files of the source {} cannot be read as they are configured.': '소스 {1}의 파일을 설정대로 읽을 수 없습니다.',
  'The source {} needs more memory for it than it may have.': '소스 {1}에 허용된 메모리로는 처리할 수 없습니다.',
  'A campaign that names it has not ended: it may start again.':
    '이 럭키박스를 쓰는 캠페인이 아직 종료되지 않아 다시 시작될 수 있습니다.',
  'A late response may still draw from it.': '늦은 응답이 아직 이 럭키박스를 추첨할 수 있습니다.',
  'A run that draws from it is still open.': '이 럭키박스를 추첨하는 실행이 아직 끝나지 않았습니다.',
  'The box is not open.': '열려 있는 럭키박스가 아닙니다.',
  'No key of PADO_BOX_KEYS opens its seed here.': 'PADO_BOX_KEYS의 키로 시드를 열 수 없습니다.',

  // payouts and books
  'No payout of the run in {} waits for an approval.': '이 실행에 승인을 기다리는 {1} 지급이 없습니다.',
  'There are {} by now, of {} {}: look again, then approve those.':
    '지금은 {1}건, 총 {2} {3}입니다. 다시 확인한 뒤 승인하십시오.',
  'The provider {} cannot be asked: settle it by the word of its owner.':
    '지급사 {1}은(는) 조회할 수 없습니다. 지급사 담당자의 확인으로 처리하십시오.',
  'The provider {} takes no reversals.': '지급사 {1}은(는) 취소(환수)를 받지 않습니다.',
  'The provider refused it with status {}.': '지급사가 거절했습니다(상태 {1}).',
  'The provider offers no settlements: upload them.': '지급사가 정산 파일을 제공하지 않습니다. 직접 업로드하십시오.',
  'The provider has no settlement of that day.': '지급사에 해당 일자의 정산이 없습니다.',
  'The provider does not answer.': '지급사가 응답하지 않습니다.',
  'There is no settlement of that day yet: fetch or upload it.':
    '해당 일자의 정산이 아직 없습니다. 가져오거나 업로드하십시오.',
  'This reference has funded the budget with another amount.': '이 참조 번호로 다른 금액이 이미 입금되었습니다.',
  'The budget is in {}.': '이 예산의 통화는 {1}입니다.',
  'Rewards were reserved from this budget, or it is closed: it is raised by two persons (POST …/changes).':
    '이미 보상이 예약되었거나 마감된 예산입니다. 증액에는 두 사람의 승인이 필요합니다(POST …/changes).',
  'The last transfers of the month are not sealed yet: ask again in a minute.':
    '그달의 마지막 이체가 아직 봉인되지 않았습니다. 1분 뒤 다시 시도하십시오.',
  'There are transfers: their days are told by the zone that stands.':
    '이미 이체가 있습니다. 일자는 지금의 시간대로 정해져 있습니다.',
  'No key signs here: set PADO_LEDGER_KEYS for the API, too.':
    '서명할 키가 없습니다. API에도 PADO_LEDGER_KEYS를 설정하십시오.',
  'The key that signs here is not introduced by a signed head yet.':
    '서명 키가 아직 서명된 헤드에 등록되지 않았습니다.',
  'It is committed to: a campaign that names it was launched.':
    '이 럭키박스를 사용하는 캠페인이 시작되어 내용이 확정되었습니다.',
  'A campaign that names this budget is launched, or one of its runs is open.':
    '이 예산을 쓰는 캠페인이 시작되었거나 끝나지 않은 실행이 있습니다.',
  'A payout from this budget is open, or owed.': '이 예산에서 진행 중이거나 미지급인 지급이 있습니다.',
  'It is decided already.': '이미 결정되었습니다.',
  'The budget is closed, and nothing is left over.': '예산이 마감되었고 남은 금액이 없습니다.',
  'The budget is closed.': '마감된 예산입니다.',
  'The budget does not fund it.': '예산이 부족합니다.',
  'A cap on what one customer gets does not allow it.': '고객 1인당 보상 한도를 넘습니다.',
  'An earlier generation of it is not definitely rejected.': '이전 회차의 거절이 확정되지 않았습니다.',
  'The provider has contradicted itself about an earlier generation.': '이전 회차에 대한 지급사의 답이 서로 다릅니다.',
  'Nothing of it is owed any more.': '더 이상 미지급 금액이 없습니다.',
  'A reversal of it has been asked for already.': '이미 취소(환수)를 요청했습니다.',
  'It was never submitted: the provider cannot know of it.': '지급사에 보낸 적이 없어 지급사가 알 수 없습니다.',
  'Its code is drawn from a pool of ours: have it looked up.': '쿠폰 풀에서 뽑은 코드입니다. 조회로 확인하십시오.',
  'No reversal of it is unsure.': '결과를 알 수 없는 취소(환수)가 없습니다.',
  'The customer has withdrawn and the campaign forfeits the reward.':
    '탈퇴한 고객이며, 캠페인 규칙에 따라 보상이 소멸됩니다.',
  'The customer has withdrawn.': '탈퇴한 고객입니다.',
  'The customer is incident-reported.': '사고 신고된 고객입니다.',
  'The payout does not wait to be submitted.': '지급 요청을 기다리는 상태가 아닙니다.',
  'The payout is not held.': '보류된 지급이 아닙니다.',
  'The payout is not paid.': '지급 완료된 건이 아닙니다.',
  'The provider may have acted on it: have it asked about, or settle it by the word of the provider’s owner.':
    '지급사가 이미 처리했을 수 있습니다. 조회하거나 지급사 담당자의 확인으로 처리하십시오.',
  'It is no difference of money in one currency: there is nothing to book.':
    '한 통화의 금액 차이가 아니어서 기장할 것이 없습니다.',
  'Nobody has proposed that, or it was about other facts.': '제안된 적이 없거나 다른 내용에 대한 제안이었습니다.',
  'Something was booked for it that it does not say any more: that has to be compensated back.':
    '지금 내용과 다른 금액이 기장되어 있습니다. 반대 기장이 필요합니다.',
  'The break is not open.': '처리 중인 불일치 건이 아닙니다.',
  'The provider’s accounts are kept in another currency.': '지급사 계정의 통화가 다릅니다.',
  'Months close in their order: it is another one’s turn.': '월 마감은 순서대로 합니다. 다른 달을 먼저 마감하십시오.',
  'Months reopen in the reverse order: a later one is closed.':
    '마감 취소는 역순으로 합니다. 이후 달이 마감되어 있습니다.',
  'Nothing is posted yet.': '아직 기장된 것이 없습니다.',
  'The month is not closed.': '마감되지 않은 달입니다.',
  'The month is not over.': '아직 끝나지 않은 달입니다.',

  // four eyes
  'Nobody changes what they may do themselves.': '자신의 권한은 스스로 바꿀 수 없습니다.',
  'Who asked for it cannot approve it.': '요청한 사람은 승인할 수 없습니다.',
  'Who edited a campaign last cannot approve it.': '마지막으로 편집한 사람은 승인할 수 없습니다.',
  'Who made what a campaign names cannot approve it: {}.': '캠페인이 쓰는 것을 만든 사람은 승인할 수 없습니다: {1}.',
  'Say what you have seen: the tag that was read.': '확인한 내용의 태그(ETag)를 If-Match 헤더로 보내야 합니다.',
  'Who launched the campaign or opened the run cannot approve its payouts.':
    '캠페인을 시작했거나 해당 실행을 연 사람은 그 지급을 승인할 수 없습니다.',
  'Who proposed it cannot approve it.': '제안한 사람은 승인할 수 없습니다.',

  // operations
  'A worker of that build has asked for work within 90 s.': '이 빌드의 워커가 최근 90초 안에 작업을 요청했습니다.',
  'No build was current before.': '이전에 적용된 빌드가 없습니다.',
  'No worker of that build has ever asked for work.': '이 빌드의 워커가 작업을 요청한 적이 없습니다.',
  'There is no deployment: PADO_DEPLOYMENT is not set.': 'PADO_DEPLOYMENT가 설정되지 않아 배포가 없습니다.',
  'Temporal refuses it: {}': 'Temporal이 거절했습니다: {1}',
  'It has been released.': '이미 해제되었습니다.',
  'Nobody has proposed that.': '제안된 적이 없습니다.',
  'Something else is proposed by now.': '지금은 다른 내용이 제안되어 있습니다.',
  'It is too large for one person: somebody else has to approve it.':
    '한 사람이 실행하기에는 규모가 큽니다. 다른 사람의 승인이 필요합니다.',
  'It would do nothing.': '실행해도 바뀌는 것이 없습니다.',
  'It would do more by now than was shown: plan it anew.':
    '지금 실행하면 확인한 것보다 더 많은 대상에 적용됩니다. 계획을 다시 만드십시오.',
  'The queue has not stopped.': '멈춘 대기열이 아닙니다.',
  'Not simulated: {}.': '시뮬레이터가 아닌 항목이 있습니다: {1}.',
  'The simulator does not answer.': '시뮬레이터가 응답하지 않습니다.',
  'This installation is no demonstration: nothing of it is broken on purpose.':
    '데모 설치가 아닙니다. 일부러 장애를 낼 수 없습니다.',
  'There are {} already: remove one first.': '이미 {1}명입니다. 먼저 한 명을 빼십시오.',
  '{} is paused or stopped.': '{1}이(가) 일시정지되었거나 중지되었습니다.',
  '{} more may be sent within these 24 hours.': '24시간 안에 {1}건을 더 보낼 수 있습니다.',
  'Too many events are waiting.': '대기 중인 이벤트가 너무 많습니다.',

  // what is not there
  'There is no such break.': '해당 불일치 건을 찾을 수 없습니다.',
  'There is no such budget.': '해당 예산을 찾을 수 없습니다.',
  'There is no such change of this budget.': '이 예산에 해당 변경 건이 없습니다.',
  'There is no such kind of queue: gateway, provider.': '대기열 종류는 gateway 또는 provider입니다.',
  'There is no such payout.': '해당 지급을 찾을 수 없습니다.',
  'There is no such restoration.': '해당 복원 건을 찾을 수 없습니다.',
  'There is no such retry.': '해당 재시도 건을 찾을 수 없습니다.',
  'There is no such run.': '해당 실행을 찾을 수 없습니다.',
  'There is no such scope.': '해당 범위를 찾을 수 없습니다.',
  'There is no such {}.': '해당 항목({1})을 찾을 수 없습니다.',

  // people and sessions
  'Account, e-mail or subject is somebody’s already.': '이미 다른 사람이 쓰는 계정, 이메일 또는 주체입니다.',
  'It came from another origin.': '다른 출처에서 온 요청입니다.',
  'It came from another site.': '다른 사이트에서 온 요청입니다.',
  'The header {} has to be that of the session.': '{1} 헤더가 세션의 값과 같아야 합니다.',
  '{} may not call this.': '{1}은(는) 이 작업을 할 수 없습니다.',
  'What is told of {} is not for these roles.': '이 역할로는 {1}의 변경 알림을 받을 수 없습니다.',
  'No identity provider is configured.': '설정된 ID 공급자가 없습니다.',
  'The identity provider did not confirm the sign-in.': 'ID 공급자가 로그인을 확인해 주지 않았습니다.',
  'The identity provider does not answer.': 'ID 공급자가 응답하지 않습니다.',
  'This browser has not begun to sign in.': '이 브라우저에서 시작한 로그인이 아닙니다.',
  'That lets nobody in, or not any more.': '로그인할 수 없거나 더 이상 유효하지 않습니다.',
  'Too many attempts to sign in.': '로그인 시도가 너무 많습니다.',

  // requests and files
  'The body is not JSON.': '본문이 JSON이 아닙니다.',
  'The timestamp is more than five minutes off.': '시각이 5분 넘게 차이 납니다.',
  'There is one of this key already.': '같은 키가 이미 있습니다.',
  'If-Match is not a tag of this draft.': 'If-Match 값이 이 초안의 태그가 아닙니다.',
  'Send {}.': '{1} 형식으로 보내십시오.',
  'Send {}, in UTF-8 or EUC-KR, without content encoding.':
    '{1} 형식, UTF-8 또는 EUC-KR로 콘텐츠 인코딩 없이 보내십시오.',
  'Nothing of the file came for {} s.': '{1}초 동안 파일이 전송되지 않았습니다.',
  'NDJSON has at most {} GB.': 'NDJSON은 최대 {1} GB입니다.',
  'A CSV has at most {} MB.': 'CSV는 최대 {1} MB입니다.',
  'A workbook has at most {} MB.': '엑셀 파일은 최대 {1} MB입니다.',
  'A body has at most {} bytes here.': '여기서 본문은 최대 {1}바이트입니다.',
  'A list has at most {} rows.': '목록은 최대 {1}행입니다.',
  'A settlement has at most {} rows.': '정산 파일은 최대 {1}행입니다.',
  'JSON is at most {} deep.': 'JSON은 최대 {1}단계까지입니다.',
  'Nothing was recorded.': '기록된 것이 없습니다.',
  'The file cannot become the list; nothing was changed.': '목록으로 쓸 수 없는 파일입니다. 변경된 것은 없습니다.',
  'The file has bad rows; nothing was changed.': '파일에 잘못된 행이 있습니다. 변경된 것은 없습니다.',
  'The file is no settlement; nothing was changed.': '정산 파일이 아닙니다. 변경된 것은 없습니다.',
  'The file is no list of {}; nothing was changed.': '{1} 목록 파일이 아닙니다. 변경된 것은 없습니다.',
  'The file is not {}.': '파일이 {1} 형식이 아닙니다.',
  'The header row has faults.': '머리글 행에 오류가 있습니다.',
  'A line is longer than {} characters.': '{1}자를 넘는 줄이 있습니다.',
  'A sheet has at most {} rows: ask for CSV.': '시트는 최대 {1}행입니다. CSV로 요청하십시오.',
};
