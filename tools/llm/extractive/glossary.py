"""Technical terms of Japanese, Korean and Chinese questions in English, the language of most papers.

No translation: only what a search in English papers needs to find anything at all.
"""

import re
from functools import lru_cache

_TERMS = """
large language model | 大規模言語モデル | 대규모 언어 모델, 거대 언어 모델 | 大语言模型, 大规模语言模型, 大模型
language model | 言語モデル | 언어 모델, 언어모델 | 语言模型
vision-language model | 視覚言語モデル | 비전 언어 모델, 시각 언어 모델 | 视觉语言模型
multimodal | マルチモーダル | 멀티모달, 다중 모달 | 多模态
agent | エージェント | 에이전트 | 智能体, 代理
multi-agent | マルチエージェント | 다중 에이전트, 멀티 에이전트 | 多智能体
mixture of experts | 専門家混合, エキスパート混合 | 전문가 혼합 | 混合专家
preference optimization | 選好最適化, 嗜好最適化 | 선호 최적화, 선호도 최적화 | 偏好优化
reinforcement learning | 強化学習 | 강화 학습, 강화학습 | 强化学习
reward model | 報酬モデル | 보상 모델 | 奖励模型
human feedback | 人間のフィードバック | 인간 피드백 | 人类反馈
alignment | アライメント, 整合 | 정렬 | 对齐
fine-tuning | 微調整, ファインチューニング | 미세 조정, 미세조정, 파인튜닝 | 微调
pre-training | 事前学習 | 사전 학습, 사전학습 | 预训练
distillation | 蒸留 | 증류 | 蒸馏
federated learning | 連合学習 | 연합 학습, 연합학습 | 联邦学习
transfer learning | 転移学習 | 전이 학습, 전이학습 | 迁移学习
contrastive learning | 対照学習 | 대조 학습, 대조학습 | 对比学习
self-supervised | 自己教師あり | 자기 지도, 자기지도 | 自监督
deep learning | 深層学習, ディープラーニング | 딥러닝, 심층 학습 | 深度学习
machine learning | 機械学習 | 기계 학습, 기계학습, 머신러닝 | 机器学习
neural network | ニューラルネットワーク | 신경망 | 神经网络
graph | グラフ | 그래프 | 图神经
attention | 注意機構, アテンション | 어텐션, 주의 메커니즘 | 注意力
diffusion model | 拡散モデル | 확산 모델, 디퓨전 | 扩散模型
image generation | 画像生成 | 이미지 생성 | 图像生成, 图片生成
video generation | 動画生成, 映像生成 | 비디오 생성, 영상 생성 | 视频生成
text generation | 文章生成, テキスト生成 | 텍스트 생성 | 文本生成
image | 画像 | 이미지, 영상 | 图像, 图片
video | 動画, ビデオ | 비디오, 동영상 | 视频
speech recognition | 音声認識 | 음성 인식 | 语音识别
object detection | 物体検出 | 객체 탐지, 객체 검출 | 目标检测
segmentation | セグメンテーション, 領域分割 | 분할, 세그멘테이션 | 分割
3D reconstruction | 三次元再構成, 3D再構成 | 3차원 재구성, 3D 재구성 | 三维重建
pose estimation | 姿勢推定 | 자세 추정, 포즈 추정 | 姿态估计
autonomous driving | 自動運転 | 자율 주행, 자율주행 | 自动驾驶
robot | ロボット | 로봇 | 机器人
retrieval-augmented generation | 検索拡張生成 | 검색 증강 생성 | 检索增强生成
retrieval | 検索 | 검색 | 检索
question answering | 質問応答 | 질의응답, 질의 응답 | 问答
translation | 翻訳 | 번역 | 翻译
summarization | 自動要約 | 자동 요약 | 自动摘要
reasoning | 推論 | 추론 | 推理
planning | 計画, プランニング | 계획, 플래닝 | 规划
memory | 記憶, メモリ | 기억, 메모리 | 记忆
long context | 長文脈, ロングコンテキスト | 긴 문맥, 장문 컨텍스트 | 长上下文
compression | 圧縮 | 압축 | 压缩
quantization | 量子化 | 양자화 | 量化
sparse | スパース, 疎な | 희소 | 稀疏
code generation | コード生成 | 코드 생성 | 代码生成
hallucination | 幻覚, ハルシネーション | 환각 | 幻觉
bias | バイアス, 偏り | 편향 | 偏见, 偏差
robustness | 頑健性, ロバスト | 강건성, 견고성 | 鲁棒性
attack | 攻撃 | 공격 | 攻击
safety | 安全性 | 안전성 | 安全
privacy | プライバシー | 프라이버시, 개인정보 | 隐私
evaluation | 評価 | 평가 | 评估, 评测
benchmark | ベンチマーク | 벤치마크 | 基准
judge | 審査, 判定 | 심사, 판정 | 评判, 裁判
dataset | データセット | 데이터셋, 데이터 세트 | 数据集
synthetic data | 合成データ | 합성 데이터 | 合成数据
survey | サーベイ, 文献調査 | 서베이, 문헌 조사 | 综述
medical | 医療, 医学 | 의료, 의학 | 医疗, 医学
prompt | プロンプト | 프롬프트 | 提示词, 提示
embedding | 埋め込み | 임베딩 | 嵌入
cost | コスト, 費用 | 비용 | 成本, 费用
limitations | 限界, 制約, 問題点 | 한계, 제약 | 局限, 不足
result | 結果 | 결과 | 结果
method | 手法, 仕組み | 방법 | 方法
"""
_LATIN = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[-.][A-Za-z0-9]+)*")


def in_english(question: str) -> str:
    """The names and technical terms of a question in another script, as English search terms."""
    rest = question
    found: dict[str, None] = dict.fromkeys(_LATIN.findall(question))
    for foreign, english in _by_length():
        if foreign in rest:
            found[english] = None
            # a long term is not also read as the shorter ones inside it
            rest = rest.replace(foreign, " ")
    return " ".join(found)


def latin_terms(question: str) -> str:
    """The words of a question in another script that stand in Latin letters: names and abbreviations."""
    return " ".join(dict.fromkeys(_LATIN.findall(question)))


def english_by_term() -> dict[str, str]:
    """The English of each Japanese, Korean and Chinese term, the longest terms first."""
    return dict(_by_length())


@lru_cache(maxsize=1)
def _by_length() -> tuple[tuple[str, str], ...]:
    pairs: list[tuple[str, str]] = []
    for line in _TERMS.strip().splitlines():
        english, *others = (part.strip() for part in line.split("|"))
        pairs.extend((foreign.strip(), english) for part in others for foreign in part.split(","))
    return tuple(sorted(pairs, key=lambda pair: (-len(pair[0]), pair[0])))
