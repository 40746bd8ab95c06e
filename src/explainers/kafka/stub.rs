use super::cluster::ClusterDue;
use super::import::Data;
use super::producer::ProducerDue;
use super::types::*;
use super::world::World;
use crate::sim::Micros;
impl World {
    pub(super) fn lay_cluster(&mut self, _data: &Data) {
        use crate::models::kafka::Tp;
        use std::rc::Rc;
        let (n, b) = (self.params().partitions as u32, self.params().brokers as u8);
        self.brokers = (0..b).map(|_| Broker { up: true, registered: true, life: 0 }).collect();
        self.coordinator = Some(0);
        let mut topics = Vec::new();
        for i in 0..self.params().topics as u16 {
            let name: Rc<str> = ["orders", "payments", "clicks"][usize::from(i)].into();
            let mut parts = Vec::new();
            for index in 0..n {
                parts.push(self.partitions.len() as PartId);
                let mut holds = crate::sim::chronicle::Chronicle::default();
                holds.push(Hold { from: 0, holder: Holder::Nobody, epoch: 0 });
                let leader = (index % u32::from(b)) as u8;
                self.partitions.push(Rc::new(Partition {
                    tp: Tp { topic: i, index },
                    leader: Some(leader),
                    leader_epoch: 0,
                    replicas: vec![leader],
                    isr: vec![leader],
                    ends: vec![0],
                    base: 0,
                    log: Default::default(),
                    high_watermark: 0,
                    committed: None,
                    holds,
                }));
            }
            topics.push(Topic { name, parts, role: Role::Source });
        }
        self.topics = Rc::new(topics);
    }
    pub(super) fn lay_producers(&mut self) {}
    pub(super) fn cluster_due(&mut self, _at: Micros, _due: ClusterDue) {}
    pub(super) fn producer_due(&mut self, _at: Micros, _due: ProducerDue) {}
    pub(super) fn cluster_settled(&self) -> Micros {
        0
    }
    pub fn readable(&self, _part: PartId) -> Option<u64> {
        Some(0)
    }
    pub fn record(&self, _part: PartId, _offset: u64) -> Option<Record> {
        None
    }
    pub(super) fn append_later(&mut self, _at: Micros, _part: PartId, _record: Record) {}
    pub(super) fn fail_broker(&mut self, _at: Micros, _id: BrokerId) -> Result<(), String> {
        Ok(())
    }
    pub(super) fn repair_broker(&mut self, _at: Micros, _id: BrokerId) -> Result<(), String> {
        Ok(())
    }
    pub(super) fn grow(&mut self, _at: Micros, _topic: u16, _more: u32) -> Result<(), String> {
        Ok(())
    }
    pub(super) fn hot(&mut self, _at: Micros, _share: u32) -> Result<(), String> {
        Ok(())
    }
    pub(super) fn rate(&mut self, _at: Micros, _rate: u32) -> Result<(), String> {
        Ok(())
    }
}

pub mod gantt {
    use super::*;
    use crate::draw::scene::*;
    use crate::explainers::View;
    pub fn diagram(_: &World, _: Micros, _: &View) -> Option<Scene> {
        None
    }
}
pub mod charts {
    use super::*;
    pub fn charts(_: &World) -> Vec<crate::draw::chart::Chart> {
        vec![]
    }
}
